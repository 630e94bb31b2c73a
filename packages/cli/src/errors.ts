import { CloudmarkerError, EXIT } from "@cloudmarker/core";
import { CommandError, UsageError } from "./exit-codes.ts";

interface UsageText {
  readonly message: string;
  /** What to do instead. Absent where the message says it already. */
  readonly fix?: string;
}

/** What can be wrong with a command line, and the facts of it. */
interface UsageFacts {
  unknownCommand: { readonly name: string; readonly meant: string | undefined };
  /** What commander found, its hint where it has one, and the command that has a help about it. */
  commandLine: { readonly what: string; readonly hint: string; readonly command: string };
  noInput: object;
  stdinTwice: object;
  stdinConfig: { readonly file: string };
  paramWithoutStore: object;
  storeTwice: { readonly store: string };
  paramForm: { readonly number: number };
  paramStore: { readonly name: string; readonly store: string | undefined };
  paramDepth: { readonly name: string; readonly most: number };
  originForm: { readonly text: string };
  originTwice: { readonly name: string; readonly isWorker: boolean };
  deadline: { readonly deadline: string };
}

/** The texts of the errors of usage. */
const USAGE: { readonly [Kind in keyof UsageFacts]: (facts: UsageFacts[Kind]) => UsageText } = {
  unknownCommand: ({ name, meant }) => ({
    message: `There is no command "${name}".${meant === undefined ? "" : ` Did you mean ${meant}?`}`,
    fix: `To send a file: cloudmarker write ${name}`,
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
  originForm: ({ text }) => ({
    message: `--origin ${text} is not of the form KEY=VALUE.`,
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
};

/** The command line is wrong in this way. */
export function usageError<Kind extends keyof UsageFacts>(kind: Kind, facts: UsageFacts[Kind]): UsageError {
  const write: (facts: UsageFacts[Kind]) => UsageText = USAGE[kind];
  const { message, fix } = write(facts);
  return new UsageError(message, fix);
}

/** What was known when a run was interrupted before it began; calls are given in words. */
interface Interrupted {
  /** The signal, or an exception. */
  readonly by: string;
  readonly isCrash: boolean;
  readonly underWay: readonly string[];
}

/** The configuration was being read or plugins were being loaded: no record was accepted yet. */
export function interruptedError({ by, isCrash, underWay }: Interrupted): CommandError {
  const exit = isCrash ? EXIT.SOFTWARE : EXIT.INCOMPLETE;
  const calls = underWay.length > 0 && `Under way: ${underWay.join(", ")}.`;
  const details = lines(calls, "Nothing was read and nothing was sent.");
  return new CommandError("INTERRUPTED", exit, `the run was interrupted (${by}) before it began.`, details);
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
  return new CommandError("ENDED", EXIT.SOFTWARE, message, details);
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

function lines(...texts: readonly (string | false)[]): string {
  return texts.filter(Boolean).join("\n");
}
