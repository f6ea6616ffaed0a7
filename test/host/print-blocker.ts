/** Prints what blocks tracing where it is run: capabilities.test.ts runs it in places that lack something. */
import { readCapabilities } from "../../src/host/capabilities.ts";
import { localHost } from "../../src/host/local.ts";
import { findBlocker, renderObstacle } from "../../src/host/obstacle.ts";

const blocker = findBlocker(await readCapabilities(localHost));
console.log(blocker === null ? "nothing blocks" : renderObstacle(blocker));
