import { quote } from "../quote.ts";
import type { Location } from "./config-problem.ts";

/** A reference to a plugin, and where it stands. */
export interface Asked {
  readonly ref: string;
  readonly location?: Location | undefined;
}

/** A plugin that was found: its file, and its package where it has one. */
export interface Found extends Asked {
  readonly path?: string | undefined;
  readonly packageName?: string | undefined;
  readonly version?: string | undefined;
}

/** The most characters of a reference that are shown. It may be a path, so its end must be visible. */
const MOST_SHOWN = 200;

/** A reference to a plugin, or the path of one, in quotes. */
export function quoteRef(ref: string): string {
  return quote(ref, MOST_SHOWN);
}

/** Who asked for a plugin, as the first line of the details. */
export function askedAt(location: Location | undefined): readonly string[] {
  return location === undefined ? [] : [`Asked for at ${location.file}:${location.line}:${location.column}.`];
}

/** `@cloudmarker/filestore@1.2.0`; without a known version, the name. */
export function packageLabel(name: string, version: string | undefined): string {
  return version === undefined ? name : `${name}@${version}`;
}

/** The first line of a text, since messages have only one line. */
export function firstLine(text: string): string {
  return text.split("\n", 1)[0]?.trim() ?? "";
}

/** Lines of the details of an error. */
export function lines(first: readonly string[], ...others: readonly string[]): string {
  return [...first, ...others].join("\n");
}

/** The package of a plugin in brackets, if it has one. */
export function labelOf({ packageName, version }: Found): string {
  return packageName === undefined ? "" : ` (${packageLabel(packageName, version)})`;
}
