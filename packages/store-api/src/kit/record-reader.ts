import type { RecordValue, StoreRecord } from "../record.ts";
import { type Member, memberWriter, valueOf } from "./member-writer.ts";
import { recordTime, type TimeSources } from "./record-time.ts";

/** What a store writes beside the text of a record. */
export interface RecordNotes {
  /** In milliseconds since the epoch. */
  readonly timeMs: number;
  /** Members of JSON, each with a comma in front. */
  readonly members: string;
  /** The record's value, where it was read. */
  readonly value?: RecordValue;
}

/**
 * Makes the function that reads time and members of a record, which is parsed once, and only where one of them is wanted. A record that nests too
 * deep for JavaScript has none.
 * @param startedMs - the time of a record that has none
 */
export function recordReader(
  time: TimeSources,
  members: readonly Member[],
  startedMs: number,
): (record: StoreRecord) => RecordNotes {
  const timeOf = recordTime(time, startedMs);
  const membersOf = memberWriter(members);
  const isRead = time.length > 0 || members.length > 0;
  const unread: RecordNotes = { timeMs: startedMs, members: "" };
  return (record) => {
    const value = isRead ? valueOf(record) : undefined;
    return value ? { timeMs: timeOf({ value }), members: membersOf(value), value } : unread;
  };
}
