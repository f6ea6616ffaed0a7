/**
 * One thing after another, each until it is all over. Not Promise.race with a promise that lives on: that keeps a listener for
 * each race, and with it whatever was awaited in it.
 */
export class OrOver {
  #isOver = false;
  #wake = () => {};

  constructor(over: Promise<unknown>) {
    void over.then(() => {
      this.#isOver = true;
      this.#wake();
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Null: it was over before. One at a time. Rejects as `work` does. */
  or<T>(work: Promise<T>): Promise<T | null> {
    return new Promise((resolve, reject) => {
      this.#wake = () => resolve(null);
      if (this.#isOver) resolve(null);
      work.then(resolve, reject);
    });
  }
}
