import type { Entry } from "../records/entry.ts";

/** A text of a record, and the stores that get it, by their lanes. */
export interface LaneText {
  readonly entry: Entry;
  readonly lanes: readonly number[];
}

/**
 * An accepted record that is not the same for all stores. A lane that is in no list does not get it: the taps of its
 * store dropped or refused it.
 */
export class Fork {
  readonly texts: readonly LaneText[];
  /** UTF-8 bytes of all texts. */
  readonly headBytes: number;

  constructor(texts: readonly LaneText[]) {
    this.texts = texts;
    this.headBytes = texts.reduce((sum, { entry }) => sum + entry.headBytes, 0);
  }

  entryFor(lane: number): Entry | undefined {
    return this.texts.find(({ lanes }) => lanes.includes(lane))?.entry;
  }
}

/** A record that no store gets, or that all have settled. */
export const NO_TEXT: Fork = new Fork([]);

/** What the journal keeps under a number. */
export type Forked = Entry | Fork;

/** Whether not all of them are the same for all stores. */
export function hasForks(kept: readonly Forked[]): boolean {
  return kept.some((one) => one instanceof Fork);
}

/** What a store gets of it. */
export function entryFor(kept: Forked, lane: number): Entry | undefined {
  return kept instanceof Fork ? kept.entryFor(lane) : kept;
}
