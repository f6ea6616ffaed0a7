#!/usr/bin/env node
/**
 * argv → one command. The only file with process.argv and exit codes. A command is loaded when it is asked for: the
 * dashboard's libraries alone take a third of a second, which `list` need not wait for.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { Command, CommanderError, Option } from "@commander-js/extra-typings";
import { failOn } from "./commands/fail-on.ts";
import { CommandError, EXIT, type Io } from "./commands/io.ts";
import {
  diskSize,
  duration,
  FORMATS,
  integer,
  kinds,
  olderThan,
  someTime,
  speed,
  withFilters,
  withProbes,
  withRedaction,
  withWindow,
} from "./commands/options.ts";
import { ownStreams, sharedStreams } from "./commands/streams.ts";
import { safeText } from "./format/safe-text.ts";

const VERSION = "0.1.0";

function program(io: Io, finish: (code: number) => void) {
  const root = new Command("sockleak")
    .description("Finds the TCP sockets that a program never closes: which process, in what way, since when.")
    .version(VERSION)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeErr: io.err, writeOut: io.out, outputError: () => {} })
    .showHelpAfterError(false);

  withProbes(withFilters(root.command("top", { isDefault: true })))
    .description("live dashboard of the processes that do not close their sockets")
    .option("--once", "print the screen once as text and exit")
    .option(
      "--after <duration>",
      "with --once: how long to watch first (default: until a leak shows, at most 10s)",
      duration,
    )
    .addOption(olderThan())
    .addOption(kinds())
    .action(async (options) => finish(await (await import("./commands/top.ts")).top(options, io)));

  withFilters(root.command("list"))
    .description("one look at all sockets of this host: what leaked, who, towards whom, since when, in what way")
    .option(
      "--sockets <n>",
      "so many sockets of each finding, worst first (default: none, 10 in JSON)",
      integer("a count", { from: 0, to: 1_000_000 }),
    )
    .option("--watch <duration>", "look again and again, with this pause", someTime)
    .addOption(olderThan())
    .addOption(kinds())
    .addOption(new Option("--json", "the findings document").conflicts("socketsNdjson"))
    .option("--sockets-ndjson", "every socket of every finding, one JSON object a line")
    .addOption(failOn())
    .action(async (options) => finish(await (await import("./commands/list.ts")).list(options, io)));

  withProbes(withFilters(root.command("trace")))
    .description("every transition, open and close as it happens")
    .option("--json", "one documented event a line")
    .option("--for <duration>", "stop after this time", duration)
    .action(async (options) => finish(await (await import("./commands/trace.ts")).trace(options, io)));

  withRedaction(
    withProbes(withFilters(root.command("record").argument("<file>", "*.ndjson: plain; -: standard output"))),
  )
    .description("events into a recording, to be looked at later: report, replay, jq")
    .option("--for <duration>", "stop after this time", duration)
    .option("--census <duration>", "look at all sockets this often (default: 60s)", someTime)
    .option("--rotate-size <bytes>", "begin another file beyond this size: 100MB", diskSize)
    .option("--rotate-age <duration>", "begin another file after this time", someTime)
    .option("--keep <n>", "so many rotated files, the newest", integer("a count", { from: 1, to: 1_000_000 }))
    .option("--max-disk <bytes>", "all rotated files together take no more", diskSize)
    .option("--force", "overwrite a file that is there")
    .addOption(
      new Option("--args <how>", "arguments with what looks secret masked, or as they are").choices([
        "masked",
        "full",
      ] as const),
    )
    .option("--ring <duration>", "keep so much in memory only; a file for each new leak, and on SIGUSR2", someTime)
    .addOption(olderThan())
    .action(async (file, options) => finish(await (await import("./commands/record.ts")).record(file, options, io)));

  root
    .command("run")
    .argument("[command...]", "behind --: the command and its arguments")
    .description("run a command with all its children under watch, and fail if it leaks: sockleak run -- npm test")
    .usage("[options] -- command...")
    .passThroughOptions()
    .addOption(olderThan(1_000))
    .addOption(
      new Option("--grace <duration>", "for descendants that outlive the command")
        .argParser(duration)
        .default(5_000, "5s"),
    )
    .addOption(failOn().default("likely"))
    .option("--leak-exit-code <n>", "of leaks", integer("an exit code", { from: 0, to: 255 }), 1)
    .option("--allow-incomplete", "exit 0 though not everything was seen, and nothing found")
    .option("--output <file>", "the findings, by suffix: .json, .txt, .md, .html")
    .option("--junit <file>", "the findings as JUnit XML")
    .option("--annotate", "GitHub annotations, on standard error")
    .option("--baseline <file>", "known findings: only others fail")
    .option("--update-baseline", "write what was found into the baseline")
    .option("--suppressions <file>", "TOML: what is all right, and why")
    .option("--as-root", "under sudo: run the command as root, not as who called sudo")
    .option("--census", "without probes: look four times a second")
    .option("--no-sites", "do not tell code paths")
    .option("--quiet", "say nothing where nothing was found")
    .action(async (argv, options) => finish(await (await import("./commands/run.ts")).run(argv, options, io)));

  root
    .command("mark")
    .argument("<text...>")
    .description("a note into the recordings that are being made here: sockleak mark deploy started")
    .action(async (text) => finish(await (await import("./commands/mark.ts")).mark(text, io)));

  withWindow(withFilters(root.command("replay").argument("<file...>", "recordings; -: standard input")))
    .description("the dashboard over a recording; without a terminal its screen as text")
    .option("--speed <times>", "0.1 to 1000, or max (default: 1)", speed)
    .addOption(olderThan())
    .addOption(kinds())
    .action(async (files, options) => finish(await (await import("./commands/replay.ts")).replay(files, options, io)));

  withRedaction(
    withProbes(withWindow(withFilters(root.command("report").argument("[file...]", "recordings; -: standard input")))),
  )
    .description("what leaks, on which code path: live, or in a recording at any instant")
    .option(
      "--until <n>",
      "live: until so many new leaks have a code path (default: 3)",
      integer("a count", { from: 1, to: 1_000_000 }),
    )
    .option("--for <duration>", "live: so long at most (default: 5m)", duration)
    .addOption(new Option("--format <format>", "how (default: text)").choices(FORMATS))
    .option("--json", "the findings document, as --format json")
    .option("-o, --output <file>", "into a file that only you may read")
    .option("--sockets <n>", "so many sockets of each finding", integer("a count", { from: 0, to: 1_000_000 }))
    .addOption(olderThan())
    .addOption(kinds())
    .addOption(failOn())
    .action(async (files, options) => finish(await (await import("./commands/report.ts")).report(files, options, io)));

  root
    .command("doctor")
    .description("can this machine trace? which attachment, why not the others, what to do")
    .option("--json", "one JSON document")
    .action(async ({ json }) => {
      const { doctor } = await import("./commands/doctor.ts");
      // The bpftrace that is being tried ends with us.
      const told = await Promise.race([doctor({ json: json === true }), io.stopped]);
      if (told === undefined) return finish(EXIT.failed);
      io.out(told.text);
      finish(told.code);
    });

  for (const command of root.commands) command.exitOverride();
  return root;
}

/** An error as people should see it; the exit code it stands for. */
function explain(error: unknown, io: Io): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT.done;
    io.err(`${safeLines(error.message.replace(/^error: /, ""))}\n${hintFor(error)}`);
    return EXIT.usage;
  }
  if (error instanceof CommandError) {
    io.err(`${safeLines(error.message)}\n${error.hint === undefined ? "" : `hint: ${safeLines(error.hint)}\n`}`);
    return error.code;
  }
  const text = error instanceof Error ? error.message : String(error);
  io.err(`sockleak failed: ${safeLines(text)}\nhint: this is a bug of sockleak; SOCKLEAK_DEBUG=1 shows where\n`);
  if (process.env.SOCKLEAK_DEBUG && error instanceof Error) io.err(`${error.stack}\n`);
  return EXIT.failed;
}

/** commander puts its own hint ("Did you mean …?") into the message. */
function hintFor({ message }: CommanderError): string {
  return message.includes("(Did you mean")
    ? ""
    : "hint: sockleak --help lists commands, sockleak COMMAND --help their options\n";
}

/** A word that is no command would be taken for an argument of the default one. */
function unknownCommand(args: readonly string[], known: readonly string[]): string | undefined {
  const [first] = args[0] === "help" ? args.slice(1) : args;
  return first === undefined || first.startsWith("-") || first === "help" || known.includes(first) ? undefined : first;
}

/** bpftrace's own words may be among them. */
function safeLines(text: string): string {
  return text
    .split("\n")
    .map((line) => safeText(line))
    .join("\n");
}

async function main(): Promise<void> {
  const sharesStreams = process.argv[2] === "run";
  let unwritten: Error | null = null;
  const io = sharesStreams ? sharedStreams() : ownStreams((error) => (unwritten = error));
  let code: number = EXIT.done;
  try {
    const root = program(io, (finished) => {
      code = finished;
    });
    const names = root.commands.map((command) => command.name());
    const unknown = unknownCommand(process.argv.slice(2), names);
    if (unknown !== undefined) {
      const message = `unknown command ${JSON.stringify(unknown)}: it is none of ${names.join(", ")}`;
      throw new CommandError(EXIT.usage, { message, hint: "sockleak --help" });
    }
    await root.parseAsync(process.argv);
  } catch (error) {
    code = explain(error, io);
  }
  await nextTurn(); // what could not be written is told in the next one
  if (unwritten !== null && code === EXIT.done) {
    const { message } = unwritten as Error;
    code = explain(new CommandError(EXIT.failed, { message: `cannot write to standard output: ${message}` }), io);
  }
  process.exitCode = code;
  if (sharesStreams) process.exit();
  // What was printed must be out before the process ends; timers of a source that is stopped must not keep it.
  if (process.stdout.writableLength > 0) process.stdout.once("drain", () => process.exit());
  else process.exit();
}

await main();
