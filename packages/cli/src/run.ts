import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { BASE_CONFIG_YAML, EXIT, type ExitCode, suggest } from "@cloudmarker/core";
import { write } from "./commands/write.ts";
import { commonOf } from "./common-options.ts";
import { CommanderError, createProgram, expandConfigList, isConfigName, type Actions } from "./program.ts";
import { usageError } from "./errors.ts";
import { EXIT_TABLE, exitOf } from "./exit-codes.ts";
import { withPreset } from "./presets/apply.ts";
import { errorToJson, renderError } from "./render/error.ts";
import { printHelp, printText } from "./render/print-text.ts";
import { colorsFor } from "./render/text.ts";
import { type Session, type SessionOptions, createSession } from "./session.ts";
import { version } from "./version.ts";
import { commandMeant, insteadOf } from "./words.ts";
import { print, type World } from "./world.ts";

// `write` runs in pipes and timers, often with a few records: what only the other commands need is loaded by them.
const letters = (): Promise<typeof import("./commands/dead-letters.ts")> => import("./commands/dead-letters.ts");

/** Runs one command line, without the name of the program, and returns its exit code. Never throws. */
export async function run(args: readonly string[], world: World): Promise<ExitCode> {
  let code: ExitCode = EXIT.OK;
  const act = async (options: SessionOptions, command: (session: Session) => Promise<ExitCode>): Promise<void> => {
    const session = createSession(world, options);
    code = await command(session);
  };
  const actions: Actions = {
    write: (files, given) =>
      act(given, async (session) => {
        const options = withPreset(given);
        const { explain: records } = options;
        if (records === undefined) return write(files, options, session);
        return (await import("./commands/explain.ts")).explain(files, options, records, session);
      }),
    // Here --store, --param and --audit are not about the stores of a configuration.
    resume: (ids, options) =>
      act(commonOf(options), async (session) => (await import("./commands/resume.ts")).resume(ids, options, session)),
    runs: (id, options) =>
      act(commonOf(options), async (session) => (await import("./commands/runs.ts")).runs(id, options, session)),
    forgetRun: (id, options) =>
      act(options, async (session) => (await import("./commands/forget-run.ts")).forgetRun(id, options, session)),
    listLetters: (options) =>
      act(commonOf(options), async (session) => (await letters()).listLetters(options, session)),
    showLetter: (id, options) => act(options, async (session) => (await letters()).showLetter(id, options, session)),
    replayLetters: (files, options) =>
      act(commonOf(options), async (session) =>
        (await import("./commands/replay.ts")).replayLetters(files, options, session),
      ),
    exportLetters: (options) =>
      act(commonOf(options), async (session) => (await letters()).exportLetters(options, session)),
    purgeLetters: (options) =>
      act(commonOf(options), async (session) => (await letters()).purgeLetters(options, session)),
    check: (options) => act(options, async (session) => (await import("./commands/check.ts")).check(options, session)),
    plugins: (name, options) =>
      act(options, async (session) => (await import("./commands/plugins.ts")).plugins(name, options, session)),
    config: (options) =>
      act(options, async (session) => (await import("./commands/config.ts")).config(options, session)),
    schema: (options) => act(options, async (session) => (await import("./commands/schema.ts")).schema(session)),
    // Here -c names the file to write, and --store and --param what stands in it.
    init: (options) =>
      act(commonOf(options), async (session) => (await import("./commands/init.ts")).init(options, session)),
    help: (topic, options, program) =>
      act(options, async (session) => (await import("./commands/help.ts")).help(topic, program, session)),
    version: () => print(world.stdout, `${version()}\n`),
    completion: async (shell) => {
      const { completionScript } = await import("./commands/completion.ts");
      await print(world.stdout, completionScript(shell));
    },
    complete: async (words, all) => {
      const { completions } = await import("./commands/completion.ts");
      await print(world.stdout, completions(words, all));
    },
    printBaseConfig: () => print(world.stdout, BASE_CONFIG_YAML),
    none: async (operands, help) => {
      const [first] = operands;
      if (first !== undefined) {
        const meant = commandMeant(first) ?? suggest(first, commands);
        throw usageError("unknownCommand", { name: first, meant, isFile: existsSync(resolve(world.cwd, first)) });
      }
      await printHelp(world.stderr, help);
      code = EXIT.USAGE;
    },
  };
  const program = createProgram(version(), actions, renderExitCodes());
  const commands = program.commands.flatMap((command) =>
    command.name() === "complete" ? [] : [command.name(), ...command.aliases()],
  );
  for (const command of [program, ...program.commands.flatMap((one) => [one, ...one.commands])]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => void printHelp(world.stdout, text),
      // Usage errors are rendered like every other error.
      writeErr: () => undefined,
    });
  }
  const expanded = expandConfigList(args);
  try {
    await program.parseAsync(expanded, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.OK;
    const word = expanded.find((arg) => commands.includes(arg)) ?? "";
    const called = program.commands.find((command) => [command.name(), ...command.aliases()].includes(word));
    const sub = called?.commands.find((command) => expanded.includes(command.name()));
    const names = [called, sub].flatMap((command) => command?.name() ?? []).join(" ");
    return fail(unknownSubcommand(error, called, expanded) ?? asUsage(error, names), expanded, world);
  }
}

async function fail(error: unknown, args: readonly string[], world: World): Promise<ExitCode> {
  const exit = exitOf(error);
  // Searched by hand, since the command line itself may be wrong.
  if (args.includes("--json")) await print(world.stdout, `${JSON.stringify(errorToJson(error, exit), undefined, 2)}\n`);
  const isDebug = args.includes("--debug") || args.includes("--verbose");
  await printText(world.stderr, renderError(error, colorsFor(world.stderr, world.env), isDebug));
  return exit;
}

/**
 * The error of `dead-letters frob`, of which commander says that there are too many arguments; undefined for another.
 */
function unknownSubcommand(
  error: unknown,
  called: ReturnType<typeof createProgram> | undefined,
  args: readonly string[],
): unknown {
  const known = called?.commands.map((command) => command.name()) ?? [];
  if (!called || known.length === 0) return undefined;
  if (!(error instanceof CommanderError) || error.code !== "commander.excessArguments") return undefined;
  const behind = args.slice(args.indexOf(called.name()) + 1);
  const [next = "-"] = behind;
  // A word behind an option may be its value, unless it is nearly the name of a command.
  const name = behind.find((word) => suggest(word, known) !== undefined) ?? next;
  if (name.startsWith("-") || known.includes(name)) return undefined;
  return usageError("unknownSubcommand", { parent: called.name(), name, meant: suggest(name, known), known });
}

/** @param command the words of the command that was called */
function asUsage(error: unknown, command: string): unknown {
  if (!(error instanceof CommanderError)) return error;
  // An unknown option may contain a secret: `--pasword=…`, or `-p…` as other programs take it.
  const message = error.message.replace(/^error: /u, "");
  const shown = message.startsWith("unknown option")
    ? message.replace(/'(-[^'=\s]*)=.*'(?=$|\n\()/su, "'$1=…'").replace(/'(-[^-=])[^=]+'/su, "'$1…'")
    : message;
  const file = /^too many arguments for .*: (\S+)\.$/u.exec(shown)?.[1] ?? "";
  if (CONFIGURED.has(command) && isConfigName(file)) return usageError("configWithoutOption", { command, file });
  const [what = "", ...more] = shown.split("\n");
  const option = /^unknown option '(-[\w-]+)/u.exec(what)?.[1] ?? "";
  const [, value = "", choices] = /'([^']*)' is invalid.* Allowed choices are (.*)\.$/u.exec(what) ?? [];
  const meant = choices && suggest(value, choices.split(", "));
  const said = meant === undefined ? more.join(" ").replaceAll(/[()]/gu, "").trim() : `Did you mean ${meant}?`;
  const hint = insteadOf(option) ?? said;
  return usageError("commandLine", { what: inOurWords(what), hint, command: `cloudmarker ${command}`.trim() });
}

/** Commands that take no argument, and work with a configuration. */
const CONFIGURED = new Set(["config", "schema", "init"]);

/** What commander says of arguments, in our words. */
function inOurWords(what: string): string {
  return what
    .replace(/^(option '.*') argument missing$/u, "$1 needs a value.")
    .replace(/^command-argument value '(.*)' is invalid for argument '(.*)'\. /u, "'$1' is no <$2>. ")
    .replace(/^missing required argument '(.*)'$/u, "<$1> is missing.")
    .replace(
      /^too many arguments for '(.*)'\. Expected 0 arguments but got \d+: (.*)\.$/u,
      "$1 takes no argument, but got $2.",
    );
}

/** The table of exit codes for the end of the help. */
function renderExitCodes(): string {
  const rows = EXIT_TABLE.map(({ code, meaning }) => `  ${String(code).padStart(2)}  ${meaning}`);
  const signal = "A command that sends nothing ends at a signal in the system's way: 130 in a shell after Ctrl-C.";
  return `\n\nExit codes (the lowest line that applies):\n${rows.join("\n")}\n${signal}`;
}
