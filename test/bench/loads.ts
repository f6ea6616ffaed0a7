/** What the machine does meanwhile. Each load is bounded in time, and says how much it did. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Child, output } from "./child.ts";
import type { Place } from "./place.ts";
import { hasTool } from "./tools.ts";

/** Connections a second, both sides on this machine. `rate` 0: as many as it can. */
export async function churn(place: Place, { seconds, rate = 0 }: { seconds: number; rate?: number }): Promise<number> {
  const said = await output(place.inside([place.program("churn"), String(seconds), String(rate)]));
  const did = JSON.parse(said) as { connections: number; seconds: number };
  return did.connections / did.seconds;
}

/** Sockets that stand there while `work` runs. */
export async function standing<T>(
  place: Place,
  what: { kind: "leaks" | "live"; count: number },
  work: () => Promise<T>,
): Promise<T> {
  const holder = new Child(place.inside([place.program("hold"), what.kind, String(what.count)]));
  const ready = await holder.until((line) => line === "ready", 120_000);
  try {
    if (ready === undefined) throw new Error(`hold ${what.kind} ${what.count} failed`);
    return await work();
  } finally {
    await holder.end();
  }
}

export type Requests = { readonly rate: (seconds: number) => Promise<number>; readonly stop: () => Promise<void> };

const NGINX = `daemon off; master_process off; pid nginx.pid; error_log stderr crit;
events { worker_connections 1024; }
http { access_log off; keepalive_requests 1000000000; client_body_temp_path t; proxy_temp_path t; fastcgi_temp_path t; uwsgi_temp_path t; scgi_temp_path t;
  server { listen 127.0.0.1:8080; location / { return 200 "ok"; } } }`;

/** wrk against nginx over 32 connections that stay; or why not. */
export async function requests(place: Place): Promise<Requests | string> {
  for (const tool of ["nginx", "wrk"] as const) if (!(await hasTool(tool))) return `${tool} is not installed`;
  writeFileSync(join(place.folder, "nginx.conf"), NGINX);
  const nginx = new Child(place.inside(["nginx", "-p", place.folder, "-c", "nginx.conf"]));
  const answers = "until exec 3<>/dev/tcp/127.0.0.1/8080; do sleep 0.02; done";
  await output(place.inside(["bash", "-c", `${answers} 2>/dev/null`]), { timeoutMs: 10_000 });
  return {
    rate: async (seconds) => {
      const said = await output(place.inside(["wrk", "-t1", "-c32", `-d${seconds}s`, "http://127.0.0.1:8080/"]));
      return Number(/Requests\/sec:\s+([\d.]+)/.exec(said)?.[1]);
    },
    stop: () => nginx.end("SIGTERM"),
  };
}

export type Latency = { readonly p99Us: number; readonly maxUs: number };
/** Microseconds that have a slot of their own in cyclictest's histogram. */
const SLOTS = 20_000;

/** How late a thread of ordinary priority wakes up that sleeps a millisecond at a time. */
export async function latency(seconds: number): Promise<Latency> {
  const said = await output(["cyclictest", "-q", "--policy=other", "-i1000", `-D${seconds}`, `-h${SLOTS}`]);
  const slots = [...said.matchAll(/^(\d+)\s+(\d+)$/gm)].map(([, us, count]) => ({
    us: Number(us),
    count: Number(count),
  }));
  const total = slots.reduce((sum, { count }) => sum + count, 0);
  let below = 0;
  const p99 = slots.find(({ count }) => {
    below += count;
    return below >= total * 0.99;
  });
  return { p99Us: p99?.us ?? SLOTS, maxUs: Number(/Max Latencies:\s+(\d+)/.exec(said)?.[1]) };
}
