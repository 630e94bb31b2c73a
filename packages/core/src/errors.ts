import { isError } from "@cloudmarker/store-api";
import type { ConfigProblem } from "./errors/config-problem.ts";
import type { ErrorCode } from "./errors/error-code.ts";
import type { ExitCode } from "./errors/row.ts";
import { ERRORS } from "./errors/table.ts";
import { writeError } from "./errors/write-error.ts";
import { hasBrand, putBrand } from "./realms.ts";

export { type ConfigProblem, formatProblem, type Location } from "./errors/config-problem.ts";
export type { ErrorCode } from "./errors/error-code.ts";
export { messageOf } from "./errors/message-of.ts";
export { EXIT, type ExitCode } from "./errors/row.ts";

/**
 * Every error that this package throws on purpose. Programs match on `code`, which is stable; the text may improve.
 * @see docs/errors.md, generated from this table
 */
export const ERROR_TABLE: Readonly<
  Record<ErrorCode, { readonly exit: ExitCode; readonly what: string; readonly fix: string }>
> = ERRORS;

/** Marks the errors of every copy of this package. */
const BRAND: symbol = Symbol.for("@cloudmarker/core.CloudmarkerError");

/** The optional parts of a {@link CloudmarkerError}. */
export interface ErrorOptions {
  /**
   * Why, and what to do next; may have several lines.
   * @default what {@link ERROR_TABLE} says to do about this code
   */
  readonly details?: string;
  readonly cause?: unknown;
  /** Key of the store that the error is about, and name of its audit. */
  readonly store?: string;
  readonly audit?: string;
}

/**
 * An error for the person who must act. Match on `code`; the message may improve. Use {@link isCloudmarkerError} to
 * recognise it.
 */
export class CloudmarkerError extends Error {
  static {
    putBrand(this.prototype, BRAND);
  }

  override readonly name: string = "CloudmarkerError";
  readonly code: ErrorCode;
  /** Why, and what to do next. */
  readonly details?: string;
  /** Key of the store that the error is about, if any. */
  readonly store?: string;
  /** Name of the audit of that store. */
  readonly audit?: string;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? ERROR_TABLE[code].fix;
    if (options.store !== undefined) this.store = options.store;
    if (options.audit !== undefined) this.audit = options.audit;
  }

  /** The exit code that the command gives for this error. */
  get exit(): ExitCode {
    return ERROR_TABLE[this.code].exit;
  }
}

/**
 * Whether an error is a {@link CloudmarkerError}, made by this or by another copy of this package. `instanceof` would
 * not recognise that of another copy. An error of a newer version may have a code that this version does not know.
 */
export function isCloudmarkerError(error: unknown): error is CloudmarkerError {
  if (!isError(error) || !hasBrand(error, BRAND)) return false;
  const { code, details } = error as Partial<CloudmarkerError>;
  return typeof code === "string" && (details === undefined || typeof details === "string");
}

/** All problems of a configuration at once, sorted by place. */
export class ConfigError extends CloudmarkerError {
  override readonly name: string = "ConfigError";
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const sorted = problems.toSorted(byPlace);
    const { code, message, details } = writeError("CONFIG_INVALID", "problems", { problems: sorted });
    super(code, message, { details });
    this.problems = sorted;
  }
}

/** Whether an error is a {@link ConfigError}, made by this or by another copy of this package. */
export function isConfigError(error: unknown): error is ConfigError {
  return (
    isCloudmarkerError(error) && "problems" in error && Array.isArray(error.problems) && error.problems.every(isProblem)
  );
}

function isProblem(value: unknown): value is ConfigProblem {
  const { message, path } = (value ?? {}) as Partial<ConfigProblem>;
  return typeof message === "string" && Array.isArray(path);
}

function byPlace(a: ConfigProblem, b: ConfigProblem): number {
  if (!a.location || !b.location) return Number(!a.location) - Number(!b.location);
  return (
    Number(a.location.file > b.location.file) - Number(a.location.file < b.location.file) ||
    a.location.line - b.location.line ||
    a.location.column - b.location.column
  );
}
