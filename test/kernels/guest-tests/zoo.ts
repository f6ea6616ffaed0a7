/** Programs of the zoo in a guest. */
import { type Running, startZoo, ZooUnavailable } from "../../zoo/start.ts";

/** The program, ready; or what the kernel refused it, in its own words. */
export async function startOrSkip(name: string): Promise<Running | string> {
  try {
    return await startZoo(name);
  } catch (error) {
    if (error instanceof ZooUnavailable) return error.message;
    throw error;
  }
}
