import { type BadLine, type JsonText, readRecords } from "@cloudmarker/core";
import type { ReadingOptions } from "../options.ts";
import { PresetAdviser } from "../presets/advice.ts";
import { presetOf, readsPreset } from "../presets/apply.ts";
import { renderNothing } from "../render/nothing.ts";
import { renderPassedOver } from "../render/passed-over.ts";
import { count } from "../render/text.ts";
import type { Chunks } from "./chunks.ts";
import type { Source } from "./sources.ts";

/** Callbacks for what happens while an input is read. */
export interface Reading {
  /** Takes advice for a person. `about` is the preset that it names: the same need not be told of each input. */
  readonly hint: (text: string, about?: string) => void;
  /** Whether the configuration says who produces the records. */
  readonly isNamed: () => Promise<boolean>;
  /** Takes notes for a person, one line each. */
  readonly note: (text: string) => void;
  /** Takes the lines that `--on-bad-line skip` passes over. */
  readonly skip: (lines: readonly BadLine[]) => void | Promise<void>;
}

/** Reads the records of an input as the options of the command say. */
export async function* readSource(
  { name, size }: Pick<Source, "name" | "size">,
  chunks: Chunks,
  options: ReadingOptions,
  { hint, isNamed, note, skip }: Reading,
): AsyncGenerator<JsonText[], void, undefined> {
  const { from, select, onBadLine } = options;
  const adviser = new PresetAdviser(name, options);
  const places: string[] = [];
  const isPreset = readsPreset(options);
  const none = `${name}: no records: this report of ${presetOf(from)?.title} has none.`;
  let records = 0;
  let isRead = false;
  try {
    const batches = readRecords(chunks, {
      name,
      ...(size !== undefined && { size }),
      ...(select !== undefined && { select }),
      onFirst: adviser.onFirst,
      ...(from !== undefined && { isReport: adviser.isReport }),
      onHint: (hints) =>
        void places.push(...hints.map(({ path, count: found }) => `--select ${path} (${count(found, "object")})`)),
      onNothing: (nothing) => note(isPreset ? none : `${name}: ${renderNothing(nothing)}`),
      // Where a preset looks, much is left out if a scanner finds nothing.
      onPassedOver: (passed) => (isPreset && passed.at !== "") || note(`${name}: ${renderPassedOver(passed)}`),
      ...(onBadLine === "skip" && { onBadLines: skip }),
    });
    for await (const batch of batches) {
      records += batch.length;
      yield batch;
    }
    isRead = true;
  } finally {
    const advice = adviser.advice(records);
    const isDue = advice && (isRead || from !== undefined) && !(advice.isAboutOrigin && (await isNamed()));
    if (isDue) hint(advice.text, advice.about);
    else if (isRead && places.length > 0)
      hint(`${name} was taken as one record. If its parts are the records, use ${places.join(" or ")}.`);
  }
}
