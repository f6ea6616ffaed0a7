/** One round as whoever runs it: the socket of the inode given, and what the round could not see, as one JSON line. */
import { Census } from "../../../src/host/census/census.ts";
import { localHost } from "../../../src/host/local.ts";

const watch = new Census({ host: localHost, clockUs: () => Math.round(performance.now() * 1000) });
const round = await watch.round("full");
const socket = round.find((event) => event.type === "census" && event.inode === Number(process.argv[2]));
const end = round.find((event) => event.type === "round");
process.stdout.write(JSON.stringify({ socket, why: end?.why }));
