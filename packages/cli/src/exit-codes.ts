import { EXIT, type ExitCode, isCloudmarkerError } from "@cloudmarker/core";

/**
 * Every exit code of the command, for the help and the docs. The worst code of a run wins, and the last line is the
 * worst.
 */
export const EXIT_TABLE: readonly { readonly code: ExitCode; readonly meaning: string }[] = [
  { code: EXIT.OK, meaning: "All records were delivered to every store." },
  {
    code: EXIT.LATER,
    meaning:
      "Nothing is lost, but not all records were delivered yet: the rest is kept, and cloudmarker resume delivers it. " +
      "Or another process has the run.",
  },
  {
    code: EXIT.INCOMPLETE,
    meaning:
      "Not all records were delivered, or a signal ended the reading early; the receipt says what is missing. Or what " +
      "write delivers of an earlier run was refused or is lost: a line names that run.",
  },
  {
    code: EXIT.DATA,
    meaning: "An input cannot be read to its end, or lines of it were skipped; the receipt says what was delivered.",
  },
  { code: EXIT.CONFIG, meaning: "The configuration, a plugin or the version of Node is wrong; nothing was sent." },
  { code: EXIT.USAGE, meaning: "The command line is wrong; nothing was sent." },
  {
    code: EXIT.SOFTWARE,
    meaning:
      "A bug of ours; or a plugin threw uncaught, such as in a timer: the receipt says what was delivered. " +
      "Or a plugin ended the process: then there is no receipt.",
  },
];

const SEVERITY = EXIT_TABLE.map((row) => row.code);

/** The worst of these exit codes; 0 if there are none. */
export function worst(codes: Iterable<ExitCode>): ExitCode {
  let rank = 0;
  for (const code of codes) rank = Math.max(rank, SEVERITY.indexOf(code));
  return SEVERITY[rank] ?? EXIT.SOFTWARE;
}

/** What a code of the command means, for the docs. */
interface CommandErrorRow {
  readonly exit: ExitCode;
  readonly what: string;
  readonly fix: string;
}

type CommandCode =
  | "USAGE"
  | "RUN_FOREIGN"
  | "SECRET_MISSING"
  | "LETTERS_FOREIGN"
  | "LETTER_UNKNOWN"
  | "SEARCH_FAILED"
  | "INTERRUPTED"
  | "ENDED"
  | "BUG";

/** The errors of the command itself, by code: the docs are generated from this table. The host has one of its own. */
export const COMMAND_ERRORS: Readonly<Record<CommandCode, CommandErrorRow>> = {
  USAGE: {
    exit: EXIT.USAGE,
    what: "The command line is wrong.",
    fix: "Correct what the message names; `cloudmarker COMMAND --help` shows the options.",
  },
  RUN_FOREIGN: {
    exit: EXIT.USAGE,
    what: "A run is to be resumed that a program which embeds the host has made: only that program knows its stores and inputs.",
    fix: "Resume it with that program, or give it up with `cloudmarker runs forget RUN`.",
  },
  SECRET_MISSING: {
    exit: EXIT.USAGE,
    what: "A run had a secret param on its command line, which is not kept.",
    fix: "Give it again with `--param STORE.key=value`.",
  },
  LETTERS_FOREIGN: {
    exit: EXIT.USAGE,
    what: "Dead letters are to be sent again that are of a run of a program which embeds the host.",
    fix: "Send them with that program, or name a configuration with `-c FILE`.",
  },
  LETTER_UNKNOWN: {
    exit: EXIT.USAGE,
    what: "No dead letter has this number.",
    fix: "`cloudmarker dead-letters list` shows a number of each kind; `--state-dir` names another folder.",
  },
  SEARCH_FAILED: {
    exit: EXIT.INCOMPLETE,
    what: "`plugins --search` got no answer of the registry that npm is set to.",
    fix: "Do what npm says; `npm search cloudmarker-store` asks the same.",
  },
  INTERRUPTED: {
    exit: EXIT.INCOMPLETE,
    what: "A signal ended the command before it had read or sent a record. Of `resume` and of `dead-letters replay` the exit code is 75, and after an uncaught exception it is 70.",
    fix: "Run the command again.",
  },
  ENDED: {
    exit: EXIT.SOFTWARE,
    what: "A plugin ended the process, threw uncaught, or left it with nothing to wait for: there is no receipt.",
    fix: "Report it to the author of the plugin that the message names; `delivery.isolation: thread` keeps it apart.",
  },
  BUG: {
    exit: EXIT.SOFTWARE,
    what: "Something was thrown that the command does not know: a bug of ours, or of a plugin.",
    fix: "Run it again with `--debug` for the place, and report that.",
  },
};

/** An error of the command itself, not of the host. */
export class CommandError extends Error {
  override readonly name: string = "CommandError";
  /** Stable, for programs. */
  readonly code: CommandCode | "RUN_UNKNOWN" | "RUN_IN_USE";
  readonly exit: ExitCode;
  /** Why, and what to do. */
  readonly details?: string;

  constructor(code: CommandError["code"], exit: ExitCode, message: string, details?: string) {
    super(message);
    this.code = code;
    this.exit = exit;
    if (details !== undefined) this.details = details;
  }
}

/** The command line is wrong (exit code 64). */
export class UsageError extends CommandError {
  override readonly name: string = "UsageError";

  /** @param details what to do instead */
  constructor(message: string, details?: string) {
    super("USAGE", COMMAND_ERRORS.USAGE.exit, message, details);
  }
}

/** The exit code of an error; an error that was not thrown on purpose is a bug. */
export function exitOf(error: unknown): ExitCode {
  // The code of another version of core may be unknown here.
  if (isCloudmarkerError(error)) return SEVERITY.find((code) => code === error.exit) ?? EXIT.SOFTWARE;
  return error instanceof CommandError ? error.exit : EXIT.SOFTWARE;
}
