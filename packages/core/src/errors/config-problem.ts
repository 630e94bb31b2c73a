import type { Problem } from "@cloudmarker/store-api";

/** A place in a configuration file; lines and columns count from 1. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One thing that is wrong with the configuration. */
export interface ConfigProblem extends Problem {
  /** Stable, such as `unknown_key`, `required`, `type`, or an `ErrorCode`. */
  readonly code: string;
  /** Absent if the configuration was given as an object. */
  readonly location?: Location;
}

/** `file:line:col message`; without a file, `path message`. */
export function formatProblem(problem: ConfigProblem): string {
  const { location, path, message } = problem;
  if (location) return `${location.file}:${location.line}:${location.column}  ${message}`;
  return path.length > 0 ? `${path.join(".")}  ${message}` : message;
}
