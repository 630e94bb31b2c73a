import { isError, type Problem } from "@cloudmarker/store-api";
import { hasBrand, putBrand } from "./realms.ts";

/** Exit codes of the command, one table (sysexits.h where it has a name for it). */
export const EXIT = {
  /** Everything was delivered. */
  OK: 0,
  /** Not everything was delivered; the receipt says what. */
  INCOMPLETE: 1,
  /** The command line is wrong. */
  USAGE: 64,
  /** The input cannot be read to its end. */
  DATA: 65,
  /** A bug of ours. */
  SOFTWARE: 70,
  /** Configuration or plugin. */
  CONFIG: 78,
} as const;

/** One of the numbers in {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Stable code of an error of the host. */
export type ErrorCode =
  | "CONFIG_INVALID"
  | "CONFIG_UNREADABLE"
  | "PLUGIN_NAME_INVALID"
  | "PLUGIN_NOT_FOUND"
  | "PLUGIN_LOAD_FAILED"
  | "PLUGIN_SHAPE_INVALID"
  | "PLUGIN_SCHEMA_INVALID"
  | "PLUGIN_ANSWER_INVALID"
  | "PLUGIN_NOT_ALLOWED"
  | "STORE_OPEN_FAILED"
  | "STORE_FLUSH_FAILED"
  | "STORE_DONE_FAILED"
  | "STORE_CRASHED"
  | "STORE_OUTCOME_INVALID"
  | "STORE_STALLED"
  | "STORE_BLOCKED_LOOP"
  | "TAP_FAILED"
  | "DEAD_LETTER_FAILED"
  | "LOGGER_FAILED"
  | "PRODUCER_FAILED"
  | "RECORD_INVALID"
  | "INPUT_MALFORMED"
  | "INPUT_UNREADABLE"
  | "OPTION_INVALID"
  | "CURRENT_FOLDER_MISSING"
  | "PERMISSION_DENIED"
  | "HOST_CLOSED"
  | "HOOK_CLOSED"
  | "CODE_GENERATION";

/**
 * Every error that this package throws on purpose: `code` is for programs and stays, the text may improve.
 * @see docs/errors.md, generated from this table
 */
export const ERROR_TABLE: Readonly<Record<ErrorCode, { readonly exit: ExitCode; readonly what: string }>> = {
  CONFIG_INVALID: { exit: EXIT.CONFIG, what: "The configuration has problems; each is listed with its place." },
  CONFIG_UNREADABLE: { exit: EXIT.CONFIG, what: "A configuration file cannot be read or is not YAML." },
  PLUGIN_NAME_INVALID: { exit: EXIT.CONFIG, what: "A plugin reference is not a name, package or path." },
  PLUGIN_NOT_FOUND: { exit: EXIT.CONFIG, what: "No package or file was found for a plugin reference." },
  PLUGIN_LOAD_FAILED: { exit: EXIT.CONFIG, what: "A plugin was found but throws when it is imported." },
  PLUGIN_SHAPE_INVALID: {
    exit: EXIT.CONFIG,
    what: "A plugin was imported but is neither a store nor a tap, or is made for another API version.",
  },
  PLUGIN_SCHEMA_INVALID: {
    exit: EXIT.CONFIG,
    what: "The params schema of a plugin is invalid: the author of the plugin must correct it.",
  },
  PLUGIN_ANSWER_INVALID: {
    exit: EXIT.CONFIG,
    what: "A plugin gave an answer that the contract does not allow, or failed in a call that must not fail: the author of the plugin must correct it.",
  },
  PLUGIN_NOT_ALLOWED: {
    exit: EXIT.CONFIG,
    what: "The embedding tool does not allow a plugin, or not in the installed version.",
  },
  STORE_OPEN_FAILED: { exit: EXIT.INCOMPLETE, what: "A store could not be opened; the other stores go on." },
  STORE_FLUSH_FAILED: {
    exit: EXIT.INCOMPLETE,
    what: "A store could not make durable what it had acknowledged; `cause` is what it threw.",
  },
  STORE_DONE_FAILED: { exit: EXIT.INCOMPLETE, what: "A store failed while it published its records." },
  STORE_CRASHED: {
    exit: EXIT.INCOMPLETE,
    what: "The thread of a store threw, ended or stopped reacting; it was ended, and the store is opened again.",
  },
  STORE_OUTCOME_INVALID: { exit: EXIT.INCOMPLETE, what: "A store returned outcomes that name no record of the batch." },
  STORE_STALLED: {
    exit: EXIT.INCOMPLETE,
    what: "A store took nothing for its whole deadline while its queue was full; what does not fit is dead-lettered.",
  },
  STORE_BLOCKED_LOOP: {
    exit: EXIT.INCOMPLETE,
    what: "A store blocked the event loop, so nothing else in the program could run. Time limits are extended by that time. `delivery.isolation: thread` runs the store in its own thread.",
  },
  TAP_FAILED: {
    exit: EXIT.INCOMPLETE,
    what: "A tap threw, hung or gave a wrong answer; the run went on without its answer.",
  },
  DEAD_LETTER_FAILED: { exit: EXIT.INCOMPLETE, what: "Records could neither be delivered nor dead-lettered." },
  LOGGER_FAILED: {
    exit: EXIT.INCOMPLETE,
    what: "The logger threw: lines are missing from the log, and nothing else.",
  },
  PRODUCER_FAILED: {
    exit: EXIT.INCOMPLETE,
    what: "A producer ended early: the records that it had not written yet are missing.",
  },
  RECORD_INVALID: {
    exit: EXIT.INCOMPLETE,
    what: "An input is not a record: it is not an object, it contains itself, or JSON cannot hold it.",
  },
  INPUT_MALFORMED: {
    exit: EXIT.DATA,
    what: "From some place on the input is not JSON; everything before that place was delivered.",
  },
  INPUT_UNREADABLE: { exit: EXIT.DATA, what: "The input cannot be opened or read." },
  CURRENT_FOLDER_MISSING: { exit: EXIT.CONFIG, what: "The current folder of the process cannot be used." },
  HOOK_CLOSED: { exit: EXIT.SOFTWARE, what: "A hook was tapped after the host was opened." },
  CODE_GENERATION: { exit: EXIT.CONFIG, what: "The process forbids the code generation that the hooks need." },
  OPTION_INVALID: {
    exit: EXIT.SOFTWARE,
    what: "A method was given an option that does not exist, or one of the wrong kind; it did nothing.",
  },
  PERMISSION_DENIED: {
    exit: EXIT.CONFIG,
    what: "Node was started with `--permission` and without an option that the host needs.",
  },
  HOST_CLOSED: { exit: EXIT.SOFTWARE, what: "The host was used after done()." },
};

/** Marks the errors of every copy of this package. */
const BRAND: symbol = Symbol.for("@cloudmarker/core.CloudmarkerError");

/** The optional parts of a {@link CloudmarkerError}. */
export interface ErrorOptions {
  /** Why, and what to do next; may have several lines. */
  readonly details?: string;
  readonly cause?: unknown;
  /** Key of the store that it is about, and name of its audit. */
  readonly store?: string;
  readonly audit?: string;
}

/**
 * An error for the person who must act. Match on `code`; the message may improve. {@link isCloudmarkerError} recognises
 * it.
 */
export class CloudmarkerError extends Error {
  static {
    putBrand(this.prototype, BRAND);
  }

  override readonly name: string = "CloudmarkerError";
  readonly code: ErrorCode;
  /** Why, and what to do next. */
  readonly details?: string;
  /** Key of the store that it is about, where it is about one. */
  readonly store?: string;
  /** Name of the audit of that store. */
  readonly audit?: string;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    if (options.details !== undefined) this.details = options.details;
    if (options.store !== undefined) this.store = options.store;
    if (options.audit !== undefined) this.audit = options.audit;
  }

  /** The exit code that the command gives for this error. */
  get exit(): ExitCode {
    return ERROR_TABLE[this.code].exit;
  }
}

/**
 * Whether an error is a {@link CloudmarkerError} of this or another copy of this package, which `instanceof` would not
 * recognise. An error of a newer version may have a code that this version does not know.
 */
export function isCloudmarkerError(error: unknown): error is CloudmarkerError {
  if (!isError(error) || !hasBrand(error, BRAND)) return false;
  const { code, details } = error as Partial<CloudmarkerError>;
  return typeof code === "string" && (details === undefined || typeof details === "string");
}

/** A place in a configuration file; lines and columns count from 1. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One thing that is wrong with the configuration. */
export interface ConfigProblem extends Problem {
  /** Stable, such as `unknown_key`, `required`, `type`, or an {@link ErrorCode}. */
  readonly code: string;
  /** Absent where the configuration came as an object. */
  readonly location?: Location;
}

/** All problems of all stores at once, sorted by place. */
export class ConfigError extends CloudmarkerError {
  override readonly name: string = "ConfigError";
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const sorted = problems.toSorted(byPlace);
    super("CONFIG_INVALID", summary(sorted), { details: sorted.map(formatProblem).join("\n") });
    this.problems = sorted;
  }
}

/** Test runners and logs show nothing but the message: the first problem is in it. */
function summary(problems: readonly ConfigProblem[]): string {
  const [first] = problems;
  const text = first === undefined ? "none that is known" : (formatProblem(first).split("\n", 1)[0] ?? "");
  if (problems.length === 1) return `The configuration has 1 problem: ${text}`;
  return `The configuration has ${problems.length} problems. The first: ${text}`;
}

/** Whether an error is a {@link ConfigError}, also of another copy of this package. */
export function isConfigError(error: unknown): error is ConfigError {
  return (
    isCloudmarkerError(error) && "problems" in error && Array.isArray(error.problems) && error.problems.every(isProblem)
  );
}

function isProblem(value: unknown): value is ConfigProblem {
  const { message, path } = (value ?? {}) as Partial<ConfigProblem>;
  return typeof message === "string" && Array.isArray(path);
}

/** `file:line:col  message`, or `path  message` where there is no file. */
export function formatProblem(problem: ConfigProblem): string {
  const { location, path, message } = problem;
  if (location) return `${location.file}:${location.line}:${location.column}  ${message}`;
  return path.length > 0 ? `${path.join(".")}  ${message}` : message;
}

function byPlace(a: ConfigProblem, b: ConfigProblem): number {
  if (!a.location || !b.location) return Number(!a.location) - Number(!b.location);
  return (
    Number(a.location.file > b.location.file) - Number(a.location.file < b.location.file) ||
    a.location.line - b.location.line ||
    a.location.column - b.location.column
  );
}

/** Characters that are kept of the text of an error. */
const LONGEST_MESSAGE = 5_000;

/**
 * The message of anything that was thrown, together with the message of its cause, since "fetch failed" alone does not
 * help. Its length is bounded, and it never throws.
 */
export function messageOf(error: unknown): string {
  try {
    const text = textOf(error);
    return text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE - 1)}…` : text;
  } catch {
    return "something was thrown that has no text";
  }
}

function textOf(error: unknown): string {
  if (!isError(error)) return textOfOther(error);
  const message = String(error.message);
  const { cause } = error;
  if (!isError(cause)) return message;
  const why = String(cause.message || ("code" in cause ? cause.code : cause.name));
  return message.includes(why) ? message : `${message} (${why})`;
}

/** People throw texts, and objects with a message. */
function textOfOther(thrown: unknown): string {
  const isObject = (typeof thrown === "object" && thrown !== null) || typeof thrown === "function";
  if (!isObject && thrown !== undefined) return String(thrown);
  const message = isObject && "message" in thrown ? thrown.message : undefined;
  return typeof message === "string" ? message : `something was thrown that is not an error: ${typeof thrown}`;
}
