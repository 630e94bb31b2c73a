import type { Location } from "../errors.ts";

/** The text in quotation marks, with control characters made visible: what stands in a file may not steer a terminal. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}

/** Who asked for a plugin, as the first line of the details. */
export function askedAt(location: Location | undefined): readonly string[] {
  return location === undefined ? [] : [`Asked for at ${location.file}:${location.line}:${location.column}.`];
}

/** `@cloudmarker/filestore@1.2.0`, or what is known of it. */
export function packageLabel(name: string, version: string | undefined): string {
  return version === undefined ? name : `${name}@${version}`;
}

/** The first line of a text; messages have one. */
export function firstLine(text: string): string {
  return text.split("\n", 1)[0]?.trim() ?? "";
}
