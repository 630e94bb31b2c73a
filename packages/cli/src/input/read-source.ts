import { type BadLine, type JsonText, type ReadOptions, readRecords } from "@cloudmarker/core";
import type { ReadingOptions } from "../options.ts";
import { renderNothing } from "../render/nothing.ts";
import { renderPassedOver } from "../render/passed-over.ts";
import type { Chunks } from "./chunks.ts";
import type { Source } from "./sources.ts";

/** Callbacks for what happens while an input is read. */
export interface Reading extends Pick<ReadOptions, "onHint"> {
  /** Takes notes for a person, one line each. */
  readonly note: (text: string) => void;
  /** Takes the lines that `--on-bad-line skip` passes over. */
  readonly skip: (lines: readonly BadLine[]) => void | Promise<void>;
}

/** Reads the records of an input as the options of the command say. */
export function readSource(
  { name, size }: Source,
  chunks: Chunks,
  { select, onBadLine }: ReadingOptions,
  { note, skip, ...more }: Reading,
): AsyncGenerator<JsonText[], void, undefined> {
  return readRecords(chunks, {
    name,
    ...(size !== undefined && { size }),
    ...(select !== undefined && { select }),
    ...more,
    onNothing: (nothing) => note(`${name}: ${renderNothing(nothing)}`),
    onPassedOver: (passed) => note(`${name}: ${renderPassedOver(passed)}`),
    ...(onBadLine === "skip" && { onBadLines: skip }),
  });
}
