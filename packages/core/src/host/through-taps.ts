import { type Entry, makeOrigin } from "../records/entry.ts";
import { TappedRecord } from "../records/tapped.ts";
import type { Given, RecordTaps } from "./tap-tree.ts";

const NO_ORIGIN = makeOrigin({});

/** What a listed tap, or what taps a store, makes of a record. */
export function throughTaps({ record, filter }: RecordTaps, entry: Entry): Given {
  try {
    if (!record.isUsed()) return filter.call(entry.unstamped()) === false ? undefined : entry;
    const tapped = new TappedRecord(entry, NO_ORIGIN);
    const value = record.call(tapped.value);
    // Written before the filter gets the value, so that a filter cannot change the record.
    const changed = tapped.entry(value);
    return filter.call(value) === false ? undefined : changed;
  } catch (cause) {
    return { cause };
  }
}
