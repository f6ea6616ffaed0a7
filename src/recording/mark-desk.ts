/**
 * How `sockleak mark TEXT` reaches the recorders that run: each listens on a socket of its own in one folder that only its
 * owner may enter. A text a line; the answer is "ok".
 */
import { mkdir, readdir, unlink } from "node:fs/promises";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";

/** As systemd makes it for a unit with RuntimeDirectory=sockleak. */
export const MARK_FOLDER = "/run/sockleak";
const TEXT_MAX = 500;
const ANSWER_MS = 2_000;

/** Errors: the folder cannot be made or used (node:fs, node:net). */
export async function listenForMarks(
  name: string,
  mark: (text: string) => void,
  folder = MARK_FOLDER,
): Promise<Server> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${name}.sock`);
  await unlink(path).catch(() => {});
  const server = createServer((socket) => answer(socket, mark));
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(path, resolve));
  return server;
}

function answer(socket: Socket, mark: (text: string) => void): void {
  let text = "";
  socket.setEncoding("utf8").on("error", () => {});
  socket.setTimeout(ANSWER_MS, () => socket.destroy());
  socket.on("data", (piece: string) => {
    text = (text + piece).slice(0, TEXT_MAX + 1);
    const end = text.indexOf("\n");
    if (end < 0 && text.length <= TEXT_MAX) return;
    mark(text.slice(0, end < 0 ? TEXT_MAX : end));
    socket.removeAllListeners("data").end("ok\n");
  });
}

/** The names of those that took it. One that is gone has left its socket behind: that is removed. */
export async function sendMark(text: string, folder = MARK_FOLDER): Promise<readonly string[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".sock"));
  const line = text.replace(/[\r\n]+/g, " ").slice(0, TEXT_MAX);
  const told = await Promise.all(names.map(async (name) => ((await sendTo(join(folder, name), line)) ? name : null)));
  return told.flatMap((name) => (name === null ? [] : [name.replace(/\.sock$/, "")]));
}

function sendTo(path: string, line: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path, () => socket.write(`${line}\n`));
    socket.setTimeout(ANSWER_MS, () => socket.destroy());
    socket.once("data", () => resolve(true));
    socket.once("error", (error: NodeJS.ErrnoException) => {
      const isLeft = error.code === "ECONNREFUSED";
      void (isLeft ? unlink(path).catch(() => {}) : Promise.resolve()).then(() => resolve(false));
    });
    socket.once("close", (failed) => failed || resolve(false));
  });
}
