/** One round as whoever runs it: the sockets of the inodes given, and what the round could not see, as one JSON line. */
import { Census } from "../../../src/host/census/census.ts";
import { localHost } from "../../../src/host/local.ts";

const watch = new Census({ host: localHost, clockUs: () => Math.round(performance.now() * 1000) });
const round = await watch.round("full");
const inodes = process.argv.slice(2).map(Number);
const sockets = inodes.map((inode) => round.find((event) => event.type === "census" && event.inode === inode) ?? null);
const end = round.find((event) => event.type === "round");
process.stdout.write(JSON.stringify({ sockets, why: end?.why }));
await watch.close();
