/**
 * What a census costs on a crowded host. As root: npx tsx test/bench/census.ts
 *
 *   20,000 CLOSE_WAIT in one process             a full round, beside `ss -taneiOH` and `ss -tanpieOH` alone
 *   19,000 ESTABLISHED and 600 CLOSE_WAIT        the close-wait round that goes on all day: CPU of this program and of its ss
 *   2,000 processes of 50 fds                    the first full round and the next
 *   100,000 fds in five processes                the same
 *
 * "blocked": the longest time that the event loop did not turn.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { boottimeUs } from "../../src/commands/boottime.ts";
import { Census } from "../../src/host/census/census.ts";
import { localHost } from "../../src/host/local.ts";

const HOLD = `
import resource, select, socket, sys, os
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
leaked, live, processes, files = map(int, sys.argv[1:5])
for _ in range(processes - 1):
    if os.fork() == 0: leaked = live = 0; break
keep = [os.open("/dev/null", 0) for _ in range(files)]
if leaked + live:
    child = os.fork() == 0 if live else False
listener = socket.socket(); listener.bind(("127.0.0.1", 0)); listener.listen(4096)
clients = []
if leaked + live and not child:
    for n in range(leaked):
        c = socket.socket(); c.connect(listener.getsockname()); keep.append(listener.accept()[0]); c.close()
    if live:
        go = socket.create_connection(listener.getsockname()); keep.append(listener.accept()[0])
    for n in range(live // 2):
        c = socket.socket(); c.connect(listener.getsockname()); keep.append(listener.accept()[0]); keep.append(c)
print("x", end="", flush=True)
sys.stdin.read()
`;

type Crowd = { readonly leaked: number; readonly live: number; readonly processes: number; readonly files: number };

async function crowd({ leaked, live, processes, files }: Crowd): Promise<() => Promise<void>> {
  const argv = ["-c", HOLD, `${leaked}`, `${live}`, `${processes}`, `${files}`];
  const child = spawn("/usr/bin/python3", argv, { stdio: ["pipe", "pipe", "inherit"] });
  let ready = 0;
  while (ready < processes) ready += ((await once(child.stdout, "data"))[0] as Buffer).length;
  return async () => {
    const over = once(child, "exit");
    child.stdin.end();
    await over;
  };
}

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const cpu = process.cpuUsage();
  const children = process.resourceUsage();
  const from = performance.now();
  const result = await work();
  const ms = performance.now() - from;
  const { user, system } = process.cpuUsage(cpu);
  delay.disable();
  const own = ((user + system) / 1000).toFixed(0);
  const blocked = (delay.max / 1e6).toFixed(0);
  console.log(
    `  ${what}: ${ms.toFixed(0)} ms, ${own} ms of CPU, blocked ${blocked} ms, ${(children.maxRSS / 1024).toFixed(0)} MB`,
  );
  return result;
}

async function rounds(title: string, what: Crowd, scope: "full" | "close-wait"): Promise<void> {
  console.log(title);
  const end = await crowd(what);
  const census = new Census({ host: localHost, clockUs: boottimeUs });
  const ss = (...argv: string[]) => localHost.run(["ss", ...argv], { maxBytes: 1e9, timeoutMs: 60_000 });
  await timed("ss -tanpieOH", () => ss("-tanpieOH"));
  await timed("ss -taneiOH", () => ss("-taneiOH"));
  const first = await timed("first full round", () => census.round("full"));
  console.log(`    ${first.length} events, why: ${JSON.stringify(first.at(-1))?.slice(0, 300)}`);
  await timed("next full round", () => census.round("full"));
  if (scope === "close-wait") for (let n = 0; n < 5; n++) await timed("close-wait round", () => census.round(scope));
  await census.close();
  await end();
}

await rounds("20,000 CLOSE_WAIT in one process", { leaked: 19_900, live: 0, processes: 1, files: 0 }, "close-wait");
await rounds(
  "19,000 ESTABLISHED and 600 CLOSE_WAIT",
  { leaked: 600, live: 19_000, processes: 1, files: 0 },
  "close-wait",
);
await rounds("2,000 processes of 50 fds", { leaked: 20, live: 0, processes: 2_000, files: 46 }, "close-wait");
await rounds("5 processes of 19,900 fds", { leaked: 20, live: 0, processes: 5, files: 19_900 }, "close-wait");
