import { type Output, print } from "../world.ts";
import { fit } from "./fit.ts";
import { columnsOf } from "./text.ts";

/** A line break in a paragraph of the help, which is written in lines of about 120 columns. */
const BREAK = /(?<=^\S.{99,})\n(?=\S)/gmu;

/** Writes text for a person: on a terminal, lines that are too long are broken between words. */
export function printText(stream: Output, text: string): Promise<void> {
  return print(stream, fit(text, columnsOf(stream)));
}

/** The same for the help: on a terminal its paragraphs are as wide as that. */
export function printHelp(stream: Output, text: string): Promise<void> {
  const columns = columnsOf(stream);
  return print(stream, columns === undefined ? text : fit(text.replaceAll(BREAK, " "), columns, ""));
}
