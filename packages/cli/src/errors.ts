import { CloudmarkerError, ERROR_TABLE, type ErrorCode, EXIT, type RunSummary, shellWord } from "@cloudmarker/core";
import { COMMAND_ERRORS, CommandError, UsageError } from "./exit-codes.ts";

interface UsageText {
  readonly message: string;
  /** What to do instead. Absent where the message says it already. */
  readonly fix?: string;
}

/** What can be wrong with a command line, and the facts of it. */
interface UsageFacts {
  /** `isFile`: a file or a folder has this name. */
  unknownCommand: { readonly name: string; readonly meant: string | undefined; readonly isFile: boolean };
  unknownTopic: {
    readonly topic: string;
    readonly meant: string | undefined;
    readonly topics: readonly string[];
    readonly commands: readonly string[];
  };
  /** `parent` has commands of its own. */
  unknownSubcommand: {
    readonly parent: string;
    readonly name: string;
    readonly meant: string | undefined;
    readonly known: readonly string[];
  };
  /** What commander found, its hint where it has one, and the command that has a help about it. */
  /** A configuration file is named as if it were a store. */
  configWithoutOption: { readonly command: string; readonly file: string };
  commandLine: { readonly what: string; readonly hint: string; readonly command: string };
  noInput: object;
  stdinTwice: object;
  stdinConfig: { readonly file: string };
  paramWithoutStore: object;
  storeTwice: { readonly store: string };
  paramForm: { readonly number: number };
  paramStore: { readonly name: string; readonly store: string | undefined };
  paramDepth: { readonly name: string; readonly most: number };
  unknownPreset: { readonly name: string; readonly meant: string | undefined; readonly known: readonly string[] };
  originForm: { readonly text: string };
  originTwice: { readonly name: string; readonly isWorker: boolean };
  deadline: { readonly deadline: string };
  since: { readonly since: string };
  runsLeft: { readonly runs: readonly string[] };
  configGone: { readonly run: string; readonly files: readonly string[] };
  /** What would be asked, without its question mark. */
  needsYes: { readonly question: string };
  paramNotAsked: { readonly number: number };
  toUnknown: { readonly to: string; readonly known: readonly string[]; readonly meant: string | undefined };
  noStateDir: { readonly folder: string };
  searchWord: { readonly word: string };
  searchAndName: object;
  initFiles: object;
  initExists: { readonly file: string };
  initTerminal: object;
  initSecret: { readonly secrets: readonly { readonly store: string; readonly name: string }[] };
  initUnwritable: { readonly file: string; readonly why: string };
}

/** The texts of the errors of usage. */
const USAGE: { readonly [Kind in keyof UsageFacts]: (facts: UsageFacts[Kind]) => UsageText } = {
  unknownCommand: ({ name, meant, isFile }) => {
    if (isFile) return { message: `There is no command "${name}".`, fix: `To send a file: cloudmarker write ${name}` };
    const what = /[./\\]/u.test(name) ? "no command and no file" : "no command";
    return {
      message: `There is ${what} "${name}".${didYouMean(meant)}`,
      fix: "cloudmarker --help lists the commands.",
    };
  },
  unknownTopic: ({ topic, meant, topics, commands }) => ({
    message: `There is no help about "${topic}".${didYouMean(meant)}`,
    fix: `There is about ${topics.join(", ")}, the code of an error, a plugin, and the commands ${commands.join(", ")}.`,
  }),
  unknownSubcommand: ({ parent, name, meant, known }) => ({
    message: `${parent} has no command "${name}".${didYouMean(meant)}`,
    fix: `Its commands are ${known.join(", ")}.`,
  }),
  configWithoutOption: ({ command, file }) => ({
    message: `${command} takes no file, but got ${file}.`,
    fix: `If it is the configuration: cloudmarker ${command} -c ${shellWord(file)}`,
  }),
  commandLine: ({ what, hint, command }) => ({ message: what, fix: hint || `See ${command} --help.` }),
  noInput: () => ({
    message: "There is no input: standard input is a terminal.",
    fix: "Name files, or pipe records in: some-scanner --json | cloudmarker write",
  }),
  stdinTwice: () => ({ message: "Standard input (-) can be read once only." }),
  stdinConfig: ({ file }) => ({
    message: `-c ${file}: standard input cannot be both the configuration and the records.`,
    fix: "Write one of them into a file and name that.",
  }),
  paramWithoutStore: () => ({
    message: "--param needs --store.",
    fix: "Example: --store filestore --param path=./out",
  }),
  storeTwice: ({ store }) => ({
    message: `--store ${store} is given twice.`,
    fix: "For two stores of one kind, write a configuration file.",
  }),
  // The text is not shown: without its key or its equals sign it may be a secret.
  paramForm: ({ number }) => ({
    message: `--param number ${number} is not of the form key=value.`,
    fix: "Example: --param path=./out",
  }),
  paramStore: ({ name, store = "STORE" }) => ({
    message: `--param ${name} does not say for which store.`,
    fix: `With several stores, write --param ${store}.${name || "key"}=…`,
  }),
  paramDepth: ({ name, most }) => ({
    message: `--param ${name.length > 60 ? `${name.slice(0, 60)}…` : name} nests deeper than ${most} levels.`,
    fix: "No param of a plugin does.",
  }),
  unknownPreset: ({ name, meant, known }) => ({
    message: `--from ${name}: there is no such preset.${didYouMean(meant)}`,
    fix: `There are ${known.join(", ")}. For another scanner, --select and --worker say what a preset would.`,
  }),
  originForm: ({ text }) => ({
    message: `--origin ${text.trim() === "" ? JSON.stringify(text) : text} is not of the form KEY=VALUE.`,
    fix: "KEY is one of key, class, worker and type.",
  }),
  originTwice: ({ name, isWorker }) => ({
    message: `--origin ${name} is given twice.${isWorker ? " --worker is short for it." : ""}`,
    fix: "A record has one of each.",
  }),
  deadline: ({ deadline }) => ({
    message: `--deadline ${deadline} is not a duration.`,
    fix: "Such as 500ms, 90s, 5m or 1h.",
  }),
  since: ({ since }) => ({
    message: `--since ${since} is neither a time nor a duration.`,
    fix: "Such as 2026-11-29, 2026-11-29T08:00Z, 36h or 90m.",
  }),
  runsLeft: ({ runs }) => ({
    message: `${runs.length} runs left something: name them, or use --all.`,
    fix: runs.join("\n"),
  }),
  configGone: ({ run, files }) => ({
    message: `The configuration of the run ${run} was read from ${files.join(" and ")}, which cannot be read again.`,
    fix: "Name the configuration with -c FILE.",
  }),
  needsYes: ({ question }) => ({
    message: `${question}? There is no terminal to ask on.`,
    fix: "Say --yes.",
  }),
  noStateDir: ({ folder }) => ({
    message: `There is no state folder ${folder}.`,
    fix: "Name the one that `write` was given, with --state-dir or state_dir.",
  }),
  toUnknown: ({ to, known, meant }) => ({
    message: `--to ${to}: the configuration has no such store.${didYouMean(meant)}`,
    fix: known.length > 0 ? `It has ${known.join(", ")}.` : "It has none; name another one with -c.",
  }),
  searchWord: ({ word }) => ({
    message: `--search ${JSON.stringify(word)}: letters, digits and . _ - / @ can be searched for.`,
    fix: "Example: cloudmarker plugins --search kafka",
  }),
  initFiles: () => ({ message: "init writes one file: give -c once." }),
  initExists: ({ file }) => ({
    message: `${file} is there already, and init never overwrites a file.`,
    fix: "Name another one: cloudmarker init -c other.yaml",
  }),
  initTerminal: () => ({
    message: "There is no terminal to ask on.",
    fix: "Say what you want: cloudmarker init --store filestore --param path=./out",
  }),
  initSecret: ({ secrets }) => ({
    message: `init writes no secret into a file: ${secrets.map(({ store, name }) => `${name} of ${store}`).join(", ")}.`,
    fix: `Name a variable in single quotes: --param ${secrets.map(({ name }) => name)[0] ?? ""}='\${VARIABLE}'`,
  }),
  initUnwritable: ({ file, why }) => ({ message: `${file} cannot be written: ${why}` }),
  searchAndName: () => ({ message: "plugins takes a name or --search, not both." }),
  paramNotAsked: ({ number }) => ({
    message: `--param number ${number} is no secret that a run of these dead letters needs.`,
    fix: "Only params that a run had on its command line and did not keep are given again.",
  }),
};

function didYouMean(meant: string | undefined): string {
  return meant === undefined ? "" : ` Did you mean ${meant}?`;
}

/** The command line is wrong in this way. */
export function usageError<Kind extends keyof UsageFacts>(kind: Kind, facts: UsageFacts[Kind]): UsageError {
  const write: (facts: UsageFacts[Kind]) => UsageText = USAGE[kind];
  const { message, fix } = write(facts);
  return new UsageError(message, fix);
}

/** Why a run of before cannot be shown or resumed, and the facts of it. */
interface RunFacts {
  RUN_UNKNOWN: { readonly run: string; readonly folder: string };
  RUN_IN_USE: { readonly run: string };
  RUN_FOREIGN: { readonly run: string };
  LETTERS_FOREIGN: { readonly run: string };
  /** The params that the run did not keep and that are not given, as STORE.key. */
  SECRET_MISSING: { readonly run: string; readonly params: readonly string[] };
}

/** The texts of the errors about runs of before, by their code. */
const RUNS: { readonly [Code in keyof RunFacts]: (facts: RunFacts[Code]) => Required<UsageText> } = {
  RUN_UNKNOWN: ({ run, folder }) => ({
    message: `There is no run ${run} in ${folder}.`,
    fix: "cloudmarker runs lists the runs that are known there. --state-dir names another folder.",
  }),
  RUN_IN_USE: ({ run }) => ({
    message: `Another process has the run ${run}.`,
    fix: "Wait until that process has ended: the run is not over, or is being resumed.",
  }),
  RUN_FOREIGN: ({ run }) => ({
    message: `The run ${run} was made by another program, not by cloudmarker write.`,
    fix: "That program has its stores and its inputs: it resumes the run, by the option resume of createHost().",
  }),
  LETTERS_FOREIGN: ({ run }) => ({
    message: `The run ${run} was made by another program, not by cloudmarker write: its dead letters are not sent.`,
    fix: "That program has its stores, and sends them by the option replay of createHost(). Or name a configuration with -c FILE.",
  }),
  SECRET_MISSING: ({ run, params }) => ({
    message: `The run ${run} had ${params.join(" and ")} on its command line; a secret is not kept.`,
    fix: `Give it again: ${params.map((name) => `--param ${name}=…`).join(" ")}`,
  }),
};

/** Those that the host has as well are in its table. */
const RUN_ERRORS = { ...ERROR_TABLE, ...COMMAND_ERRORS };

/** A run of before cannot be shown or resumed. */
export function runError<Code extends keyof RunFacts>(code: Code, facts: RunFacts[Code]): CommandError {
  const write: (facts: RunFacts[Code]) => Required<UsageText> = RUNS[code];
  const { message, fix } = write(facts);
  return new CommandError(code, RUN_ERRORS[code].exit, message, fix);
}

/** Why a dead letter cannot be shown or sent, and the facts of it. */
interface LetterFacts {
  LETTER_UNKNOWN: { readonly id: number; readonly folder: string };
}

/** The texts of the errors about dead letters, by their code. */
const LETTERS: { readonly [Code in keyof LetterFacts]: (facts: LetterFacts[Code]) => Required<UsageText> } = {
  LETTER_UNKNOWN: ({ id, folder }) => ({
    message: `There is no dead letter ${id} in ${folder}.`,
    fix: "cloudmarker dead-letters list shows a sample of each kind. --state-dir names another folder.",
  }),
};

/** A dead letter cannot be shown or sent. */
export function letterError<Code extends keyof LetterFacts>(code: Code, facts: LetterFacts[Code]): CommandError {
  const write: (facts: LetterFacts[Code]) => Required<UsageText> = LETTERS[code];
  const { message, fix } = write(facts);
  return new CommandError(code, COMMAND_ERRORS[code].exit, message, fix);
}

/** The registry did not answer a search; `said` is what npm said. */
export function searchError(said: string): CommandError {
  const { exit, fix } = COMMAND_ERRORS.SEARCH_FAILED;
  const message = "The registry that npm is set to cannot be searched.";
  return new CommandError("SEARCH_FAILED", exit, message, lines(said, fix.replaceAll("`", "")));
}

/** What can be interrupted before it began. */
export type InterruptedWork = "run" | "resumption" | "replay";

/** What was known when something was interrupted before it began; calls are given in words. */
interface Interrupted {
  readonly what: InterruptedWork;
  /** The signal, or an exception. */
  readonly by: string;
  readonly isCrash: boolean;
  readonly underWay: readonly string[];
}

/** Nothing was sent yet; what an earlier process has kept stays. */
export function interruptedError({ what, by, isCrash, underWay }: Interrupted): CommandError {
  const isNew = what === "run";
  const { exit } = isCrash ? COMMAND_ERRORS.ENDED : isNew ? COMMAND_ERRORS.INTERRUPTED : { exit: EXIT.LATER };
  const calls = underWay.length > 0 && `Under way: ${underWay.join(", ")}.`;
  const nothing = isNew ? "Nothing was read and nothing was sent." : "Nothing was sent; what is kept stays as it is.";
  return new CommandError(
    "INTERRUPTED",
    exit,
    `the ${what} was interrupted (${by}) before it began.`,
    lines(calls, nothing),
  );
}

/** What was known when the process ended without a result; calls are given in words. */
interface Ended {
  /** Where `process.exit` was called. */
  readonly place: string | undefined;
  /** The message of an uncaught exception. */
  readonly crash: string | undefined;
  /** The call to which the code at that place belongs. */
  readonly running: string | undefined;
  /** That call is one of a store. */
  readonly isStore: boolean;
  readonly underWay: readonly string[];
}

/** Says what ended the process, or what it waited for if nothing was left to wait for. */
export function endedError({ place, crash, running, isStore, underWay }: Ended): CommandError {
  const message =
    crash === undefined
      ? "the process ended before the command had a result."
      : `an uncaught exception ended the command: ${crash}`;
  const isKnown = running !== undefined || place !== undefined;
  const by = `${running === undefined ? "" : ` by ${running}`}${place === undefined ? "" : `, at ${place}`}`;
  const details = lines(
    isKnown && `It was ended${by}.`,
    !isKnown && crash === undefined && "Nothing was left to wait for: what was under way can never come to its end.",
    underWay.length > 0 && `Under way: ${underWay.join(", ")}.`,
    "There is no receipt. Records may be missing, and stores that publish at the end have not published.",
    isStore && "delivery.isolation: thread keeps a store that ends the process apart from the others.",
  );
  return new CommandError("ENDED", COMMAND_ERRORS.ENDED.exit, message, details);
}

/** A run of before of which nothing can be read. @param forget the command that gives it up */
export function unreadableRun({ run, why = "", damaged }: RunSummary, forget: string): CloudmarkerError {
  const details = damaged
    ? `If it is not to be mended: ${forget}`
    : "Correct that, and do it again: nothing of the run was changed.";
  return new CloudmarkerError("STATE_UNUSABLE", `The run ${run} cannot be read: ${why}`, { details });
}

/** Inputs that cannot be read, found before anything was sent; `bad` names each, with the reason. */
export function unreadableInputs(bad: readonly string[]): CloudmarkerError {
  const what = bad.length === 1 ? "An input cannot be read" : `${bad.length} inputs cannot be read`;
  return new CloudmarkerError("INPUT_UNREADABLE", `${what}; nothing was sent.`, { details: lines(...bad) });
}

/** An input that cannot be read on. */
export function unreadableInput(name: string, why: string, cause: unknown): CloudmarkerError {
  return new CloudmarkerError("INPUT_UNREADABLE", `${name}: ${why}`, { cause });
}

/** An error that an earlier process of the run told. */
export function toldBefore({
  code,
  message,
  details,
}: {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details?: string;
}): CloudmarkerError {
  return new CloudmarkerError(code, message, details === undefined ? {} : { details });
}

function lines(...texts: readonly (string | false)[]): string {
  return texts.filter(Boolean).join("\n");
}
