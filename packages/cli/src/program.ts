import { overlapProblem, pathProblem, runIdFault, suggest } from "@cloudmarker/core";
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { usageError } from "./errors.ts";
import {
  CHECK_HELP,
  COMPLETION_HELP,
  EXAMPLES,
  EXPORT_HELP,
  HELP_HELP,
  INIT_HELP,
  LIST_HELP,
  REPLAY_HELP,
  RESUME_HELP,
  WRITE_HELP,
} from "./help-texts.ts";
import type {
  AskingOptions,
  CheckOptions,
  CommonOptions,
  PluginsOptions,
  LetterOptions,
  PurgeOptions,
  ReplayOptions,
  ResumeOptions,
  RunsOptions,
  StoreOptions,
  WriteOptions,
} from "./options.ts";
import { PRESETS } from "./presets/table.ts";

/** The function of each command; files are `undefined` if none were named. */
export interface Actions {
  write(files: readonly string[], options: WriteOptions): Promise<void>;
  resume(runs: readonly string[], options: ResumeOptions): Promise<void>;
  runs(run: string | undefined, options: RunsOptions): Promise<void>;
  forgetRun(run: string, options: AskingOptions): Promise<void>;
  listLetters(options: LetterOptions): Promise<void>;
  showLetter(id: number, options: CommonOptions): Promise<void>;
  replayLetters(files: readonly string[], options: ReplayOptions): Promise<void>;
  exportLetters(options: LetterOptions): Promise<void>;
  purgeLetters(options: PurgeOptions): Promise<void>;
  check(options: CheckOptions): Promise<void>;
  plugins(name: string | undefined, options: PluginsOptions): Promise<void>;
  config(options: StoreOptions): Promise<void>;
  schema(options: CommonOptions): Promise<void>;
  init(options: StoreOptions): Promise<void>;
  help(topic: readonly string[], options: CommonOptions, program: Command): Promise<void>;
  version(): Promise<void>;
  /** The script for a shell. */
  completion(shell: string): Promise<void>;
  /** What such a script asks for. */
  complete(words: readonly string[], program: Command): Promise<void>;
  /** `-p`. */
  printBaseConfig(options: CommonOptions): Promise<void>;
  /** The command is missing or does not exist. */
  none(operands: readonly string[], help: string): Promise<void>;
}

export { CommanderError };

/** Builds the command line. Has no side effects: the docs are generated from it, and tests parse with it. */
export function createProgram(version: string, actions: Actions, exitCodes = ""): Command {
  const program = new Command("cloudmarker")
    .description("Delivers audit records to where people need them, and proves that none is missing.")
    .version(version, "-v, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .option("-c, --config <file>", "configuration file; repeat it to merge several, the later ones win", collectNames)
    .option("--no-config", "no configuration file: only the base configuration, the same as -c without a file")
    .addOption(new Option("--state-dir <folder>", "where runs and dead letters are kept").argParser(nonEmpty))
    .option("--json", "print the result as one JSON document")
    .option("-q, --quiet", "print errors only")
    .option("--debug", "also print what stores log, and where an error came from")
    .addOption(new Option("--verbose").hideHelp().implies({ debug: true }))
    .option("-p, --print-base-config", "print the built-in base configuration")
    .option("-n, --now", 'the predecessor\'s "run now": alone it means write; with write it has no effect')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText("after", EXAMPLES + exitCodes)
    .argument("[command...]")
    .usage("[options] <command>")
    .exitOverride()
    .action(async (operands: string[], options: CommonOptions & { printBaseConfig?: boolean; now?: boolean }) => {
      if (options.printBaseConfig) await actions.printBaseConfig(options);
      else if (options.now && operands.length === 0) await actions.write([], options);
      else await actions.none(operands, program.helpInformation());
    });

  // Each would silently undo the other.
  const given = new Set<string>();
  for (const name of ["config", "no-config"])
    program.on(`option:${name}`, () => {
      if (given.add(name).size > 1)
        program.error("-c FILE and --no-config (or -c without a file) cannot both be given.\n(Leave one of them out.)");
    });

  withStores(program.command("write"))
    .description("read records from files or standard input and send them to the stores")
    .argument("[file...]", "files; - or none is standard input")
    .addOption(
      new Option(
        "--from <scanner>",
        "defaults for what a scanner writes: where its records are, their worker, identity and time",
      )
        .choices([...PRESETS.keys()])
        .argParser(preset),
    )
    .option(
      "--select <path>",
      "where the records are in a wrapper: a.b, or a JSON pointer /a/b; a list or a map; repeatable",
      jsonPaths,
    )
    .addOption(
      new Option(
        "--on-bad-line <what>",
        "at a line of NDJSON that is not a record: stop (the default), or skip it and keep it as a dead letter",
      ).choices(["stop", "skip"]),
    )
    .option(
      "--worker <name>",
      "com.origin_worker of all records (default: the file's name without extension)",
      nonEmpty,
    )
    .option("--origin <key=value>", "com.origin_KEY of all records: key, class, worker or type; repeatable", collect)
    .option(
      "--run-id <id>",
      "com.audit_version (default: the time and six digits, such as 20261123_145314_k3x09a)",
      runId,
    )
    .option("--deadline <duration>", "how long delivery may take after the last record was read, such as 90s or 5m")
    .option(
      "--fail-fast",
      "do not wait for a store that is blocked or refuses connections before it has taken anything",
    )
    .option("--no-fail-fast", "wait for such a store as well, until the deadline")
    .option("--no-resume", "leave what earlier runs of the audit could not deliver; resume delivers it")
    .option("--explain <n>", "print the requests that the first n records would cause, and send nothing", wholeNumber)
    .addHelpText("after", WRITE_HELP)
    .action((files: string[], _own: object, command: Command) => actions.write(files, command.optsWithGlobals()));

  program
    .command("resume")
    .description("go on with runs that were interrupted or could not deliver everything, and print their receipts")
    .argument("[run...]", "run ids; none is the only run that left something")
    .option("--all", "every run that left something, the oldest first")
    .option("--deadline <duration>", "how long delivery may take after the last record was read, such as 90s or 5m")
    .option("--param <key=value>", "a secret param that was on the command line of the run; repeatable", collect)
    .addHelpText("after", RESUME_HELP)
    .action((runs: string[], _own: object, command: Command) => actions.resume(runs, command.optsWithGlobals()));

  program
    .command("runs")
    .description("list the runs of the state folder: what ran, when, and how it ended")
    .argument("[run]", "run id: shows its receipt")
    .option("--audit <name>", "runs of this audit only", nonEmpty)
    .option("--since <time>", "runs that began then or later: a time, or a duration until now such as 36h")
    .action((run: string | undefined, _own: object, command: Command) => actions.runs(run, command.optsWithGlobals()))
    .command("forget")
    .description(
      "give a run up: what its stores have not got becomes dead letters, and then nothing is left of the run",
    )
    .argument("<run>", "run id")
    .option("--yes", "do not ask")
    .action((run: string, _own: object, command: Command) => actions.forgetRun(run, command.optsWithGlobals()));

  const letters = program
    .command("dead-letters")
    .description("look at records that were given up, send them again, remove them");
  withFilter(letters.command("list", { isDefault: true }))
    .description("list them by store, code and reason")
    .addHelpText("after", LIST_HELP)
    .action((_own: object, command: Command) => actions.listLetters(command.optsWithGlobals()));
  letters
    .command("show")
    .description("print one of them: why it was given up, what happened to it, and its record")
    .argument("<id>", "its number", wholeNumber)
    .action((id: number, _own: object, command: Command) => actions.showLetter(id, command.optsWithGlobals()));
  withFilter(letters.command("replay"))
    .description("send them again, and print a receipt")
    .argument("[file...]", "files of dead letters, in place of all that are kept")
    .option("--to <store>", "key of the store that gets them, in place of their own", nonEmpty)
    .option("--deadline <duration>", "how long it may take, such as 90s or 5m")
    .option("--param <key=value>", "a secret param that was on the command line of the run; repeatable", collect)
    .option("--yes", "do not ask")
    .addHelpText("after", REPLAY_HELP)
    .action((files: string[], _own: object, command: Command) =>
      actions.replayLetters(files, command.optsWithGlobals()),
    );
  withFilter(letters.command("export"))
    .description("print them as NDJSON")
    .addHelpText("after", EXPORT_HELP)
    .action((_own: object, command: Command) => actions.exportLetters(command.optsWithGlobals()));
  withFilter(letters.command("purge"))
    .description("remove them for good, after a question")
    .option("--yes", "do not ask")
    .action((_own: object, command: Command) => actions.purgeLetters(command.optsWithGlobals()));

  withStores(program.command("init"))
    .description("ask for a store, try it, and write a configuration file; with --store it asks nothing")
    .addHelpText("after", INIT_HELP)
    .action((_own: object, command: Command) => actions.init(command.optsWithGlobals()));

  withStores(program.command("check"))
    .aliases(["validate", "lint", "test-connection"])
    .description(
      "check configuration, plugins and params, try the stores' back ends, and say what is waiting in the state folder; writes nothing",
    )
    .argument("[store...]", "the same as --store")
    .option("--conformance", "also check whether the stores keep the contract, as far as that writes nothing")
    .addHelpText("after", CHECK_HELP)
    .action((named: string[], _own: object, command: Command) => {
      const file = named.find(isConfigName);
      if (file !== undefined) throw usageError("configWithoutOption", { command: "check", file });
      const options: CheckOptions = command.optsWithGlobals();
      return actions.check(named.length > 0 ? { ...options, store: [...(options.store ?? []), ...named] } : options);
    });

  program
    .command("plugins")
    .description("list the plugins that are configured or installed, describe one, or search for more")
    .argument(
      "[name]",
      "the one to describe: a key of the configuration, a short name (filestore), a package, a ./path",
    )
    .option(
      "--search [word]",
      "ask the registry that npm is set to for stores and taps; without a word: for all",
      nonEmpty,
    )
    .action((name: string | undefined, _own: object, command: Command) => {
      if (name !== undefined && isConfigName(name))
        throw usageError("configWithoutOption", { command: "plugins", file: name });
      return actions.plugins(name, command.optsWithGlobals());
    });

  withStores(program.command("config"))
    .description("print the effective configuration with the origin of every value; secrets are masked")
    .action((_own: object, command: Command) => actions.config(command.optsWithGlobals()));

  program
    .command("schema")
    .description("print one JSON Schema for the configuration with the installed plugins, for editors")
    .action((_own: object, command: Command) => actions.schema(command.optsWithGlobals()));

  program
    .command("completion")
    .description("print the script that completes commands, options and files in a shell")
    .addArgument(new Argument("<shell>").choices(["bash", "zsh", "fish"]))
    .addHelpText("after", COMPLETION_HELP)
    .action((shell: string) => actions.completion(shell));
  program
    .command("complete", { hidden: true })
    .argument("[word...]")
    .action((words: string[]) => actions.complete(words, program));

  program
    .command("help")
    .description("print this help, or that about a topic")
    .argument("[topic...]")
    .addHelpText("after", HELP_HELP)
    .action((topic: string[], _own: object, command: Command) =>
      actions.help(topic, command.optsWithGlobals(), program),
    );

  program
    .command("version")
    .description("print the version")
    .action(() => actions.version());

  return program;
}

/**
 * The predecessor takes `-c a.yaml b.yaml`. Here `-c` takes one file, since it would otherwise take the inputs after
 * it. Each YAML file after a configuration file gets a `-c` of its own. `-c` at the end, or before another option,
 * means no file (L-63).
 */
export function expandConfigList(args: readonly string[]): string[] {
  const expanded: string[] = [];
  let inList = false;
  for (const [index, arg] of args.entries()) {
    const before = args[index - 1];
    const value = before === "-c" || before === "--config";
    const next = args[index + 1];
    if ((arg === "-c" || arg === "--config") && !value && (next === undefined || /^-./u.test(next))) {
      expanded.push("--no-config");
      inList = false;
      continue;
    }
    if (arg === "--") return [...expanded, ...args.slice(index)];
    if (inList && !value && /\.ya?ml$/u.test(arg)) expanded.push("-c");
    else inList = value;
    expanded.push(arg);
  }
  return expanded;
}

/** Whether an argument that names a store or a plugin is the name of a configuration file. */
export function isConfigName(name: string): boolean {
  return /\.(?:ya?ml|json)$/iu.test(name);
}

function withStores(command: Command): Command {
  return command
    .option("--store <name>", "store to use instead of the configured ones; repeatable", collectNames)
    .option("--param <key=value>", "param of that store; repeatable", collect)
    .option("--audit <name>", "the only audit to run; with --store, its name", nonEmpty);
}

function withFilter(command: Command): Command {
  return command
    .option("--audit <name>", "of this audit only", nonEmpty)
    .option("--store <key>", "of this store only", nonEmpty)
    .option("--run <id>", "of this run only", nonEmpty)
    .option("--code <code>", "with this code only", nonEmpty)
    .option("--since <time>", "last tried then or later: a time, or a duration until now such as 36h")
    .option("--reason <text>", "with this text in the reason", nonEmpty)
    .option("--id <number>", "with this number; repeatable", (value: string, ids: readonly number[] = []) => [
      ...ids,
      wholeNumber(value),
    ])
    .addOption(
      new Option(
        "--state <state>",
        "kept (the default), or replayed: those that arrived when they were sent again",
      ).choices(["kept", "replayed"]),
    );
}

function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}

function collectNames(value: string, previous?: readonly string[] | false): string[] {
  return collect(nonEmpty(value), previous || []);
}

function wholeNumber(value: string): number {
  if (!/^[1-9]\d{0,8}$/u.test(value)) throw new InvalidArgumentError("It must be a whole number of at least 1.");
  return Number(value);
}

function jsonPaths(value: string, previous: readonly string[] = []): string[] {
  const wrong = pathProblem(value) ?? overlapProblem(value, previous);
  if (wrong !== undefined) throw new InvalidArgumentError(wrong);
  return [...previous, value];
}

function preset(name: string): string {
  if (PRESETS.has(name)) return name;
  const known = [...PRESETS.keys()];
  throw usageError("unknownPreset", { name, meant: suggest(name, known), known });
}

function runId(value: string): string {
  const wrong = runIdFault(value);
  if (wrong !== undefined) throw new InvalidArgumentError(`It ${wrong}`);
  return nonEmpty(value);
}

function nonEmpty(value: string): string {
  if (value === "") throw new InvalidArgumentError("It must not be empty.");
  return value;
}
