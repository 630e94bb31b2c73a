import type { Batch, RecordValue, Remark, StoreRecord, WriteResult } from "@cloudmarker/store-api";
import { type Member, memberWriter } from "./member-writer.ts";
import { valueOf } from "./value-of.ts";
import { RecordLog, type Templates } from "./record-log.ts";
import { recordTime, type TimeFault, type TimeSources } from "../time/record-time.ts";

/** What a store writes beside the text of a record. */
export interface RecordNotes {
  /** In milliseconds since the epoch. */
  readonly timeMs: number;
  /** Nanoseconds after {@link RecordNotes.timeMs}: 0 to 999,999. */
  readonly nanos: number;
  /** Members of JSON, each with a comma in front. */
  readonly members: string;
  /** The record's value, if it was read. */
  readonly value?: RecordValue;
}

/** Reads time and members of a record, and counts where the record does not have what the configuration names. */
export interface RecordReader {
  (record: StoreRecord): RecordNotes;
  /**
   * Call it with the records of each request and their outcomes, unless the attempt is over, to count the written
   * records.
   */
  settle(batch: Batch, outcomes: WriteResult, positions?: readonly number[]): void;
  /**
   * Remarks for the report of `done`.
   * @param templates - templates whose values a record may lack, by their params
   */
  remarks(templates?: Templates): readonly Remark[];
}

const TOO_DEEP: TimeFault = { code: "unreadable_time", source: undefined, value: undefined };

/**
 * Makes the function that reads time and members of a record. It parses a record once, and only if one of them is
 * wanted. A record that nests too deep for JavaScript has neither.
 * @param startedMs - the time of a record that has none
 * @param otherwise - what the store does with such a record, for the receipt. @default "that of the run's start was
 * taken"
 */
export function recordReader(
  time: TimeSources,
  members: readonly Member[],
  startedMs: number,
  otherwise?: string,
): RecordReader {
  const timeOf = recordTime(time, startedMs);
  const membersOf = memberWriter(members);
  const log = new RecordLog(timeOf.sources, membersOf.members, otherwise);
  const isRead = time.length > 0 || members.length > 0;
  const unread: RecordNotes = { timeMs: startedMs, nanos: 0, members: "" };
  const read = (record: StoreRecord): RecordNotes => {
    const value = isRead ? valueOf(record) : undefined;
    if (!value) {
      if (time.length > 0) log.note(record, TOO_DEEP);
      return unread;
    }
    const { ms, nanos, fault } = timeOf(value);
    if (fault) log.note(record, fault);
    return { timeMs: ms, nanos, members: membersOf(value), value };
  };
  return Object.assign(read, {
    settle: log.settle.bind(log),
    remarks: (templates: Templates = {}) => log.remarks(templates),
  });
}
