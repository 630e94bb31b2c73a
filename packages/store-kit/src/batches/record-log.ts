import type { Batch, Outcome, Remark, StoreRecord, WriteResult } from "@cloudmarker/store-api";
import { countText, recordsText } from "./count-text.ts";
import type { MemberWriter } from "./member-writer.ts";
import type { SeenSource, TimeFault } from "../time/record-time.ts";
import { shownFault } from "../time/time-words.ts";

type Code = TimeFault["code"];

/** Templates of names, by their params. */
export type Templates = Readonly<Record<string, { readonly isUnmatched: boolean }>>;

/**
 * Counts, for the receipt, where the records that a store has written did not have what the configuration names.
 */
export class RecordLog {
  readonly #sources: readonly SeenSource[];
  readonly #members: MemberWriter["members"];
  readonly #otherwise: string;
  /** Notes on records that are under way. */
  readonly #faults = new WeakMap<StoreRecord, TimeFault>();
  readonly #counts = new Map<Code, { count: number; readonly first: TimeFault }>();
  #isFaulty = false;
  #written = 0;

  /** @param otherwise - what the store does with a record without a time, as the end of a sentence */
  constructor(
    sources: readonly SeenSource[],
    members: MemberWriter["members"],
    otherwise: string = "that of the run's start was taken",
  ) {
    this.#sources = sources;
    this.#members = members;
    this.#otherwise = otherwise;
  }

  /** The time of this record was not read as configured. It counts when the record is written. */
  note(record: StoreRecord, fault: TimeFault): void {
    this.#isFaulty = true;
    this.#faults.set(record, fault);
  }

  /**
   * Counts the records of a batch that are written, once each: a record that comes again is not counted again.
   * @param positions records that the outcomes are about. @default all
   */
  settle(batch: Batch, outcomes: WriteResult, positions?: readonly number[]): void {
    const left = new Set<number>();
    for (const outcome of outcomes ?? []) if (!isWritten(outcome)) left.add(outcome.index);
    this.#written += (positions ?? batch).length - left.size;
    if (!this.#isFaulty) return;
    for (const index of positions ?? batch.keys()) {
      const record = batch[index];
      const fault = record === undefined || left.has(index) ? undefined : this.#faults.get(record);
      if (!fault) continue;
      const known = this.#counts.get(fault.code);
      if (known) known.count++;
      else this.#counts.set(fault.code, { count: 1, first: fault });
    }
  }

  remarks(templates: Templates): readonly Remark[] {
    if (this.#written === 0) return [];
    return [...this.#timeRemarks(), ...this.#unmatched(), ...this.#unfilled(templates)];
  }

  /** Whether no pointer to a time has led to a value. */
  get #isTimeless(): boolean {
    return this.#sources.every(({ isFound }) => !isFound);
  }

  #timeRemarks(): Remark[] {
    const where = this.#sources.map(({ from }) => from).join(" or ");
    const remark = (code: Code, what: string): Remark[] => {
      const { count = 0, first } = this.#counts.get(code) ?? {};
      if (!first) return [];
      const of = this.#written;
      const sample = first.code === "no_time" ? undefined : shownFault(first);
      const message = `${countText(count)} of ${recordsText(of)} ${what}${sample === undefined ? "" : `; first: ${sample}`}.`;
      return [{ code, count, of, message, ...(sample !== undefined && { sample }) }];
    };
    return [
      ...remark("unreadable_time", `had no readable time at ${where}, and ${this.#otherwise}`),
      // If no pointer leads anywhere, each of them gets a remark.
      ...(this.#isTimeless ? [] : remark("no_time", `had no time at ${where}, and ${this.#otherwise}`)),
      ...remark("skipped_time", "had an unreadable time, and that of a later pointer was taken"),
    ];
  }

  /** Pointers that have led to no value in any record, or to no usable value. */
  #unmatched(): Remark[] {
    const all = (code: string, from: string, message: string, of: number = this.#written): Remark => {
      return { code, count: of, of, message, sample: from };
    };
    const none = `in any of ${recordsText(this.#written)}`;
    const times = this.#sources.flatMap(({ from, tried, isFound }) => {
      const of = Math.min(tried, this.#written);
      const what = `time: ${from} led to nothing in any of ${recordsText(of)}${this.#isTimeless ? `, and ${this.#otherwise}` : ""}.`;
      return isFound || of === 0 ? [] : [all("unmatched_pointer", from, what, of)];
    });
    const members = this.#members.flatMap(({ name, from, isFound, isWritten: isUsed }) => {
      if (!isFound) return [all("unmatched_pointer", from, `fields.${name}: ${from} led to nothing ${none}.`)];
      const unfit = `fields.${name}: no value at ${from} ${none} is one that the field takes.`;
      return isUsed ? [] : [all("unfit_values", from, unfit)];
    });
    return [...times, ...members];
  }

  #unfilled(templates: Templates): Remark[] {
    const of = this.#written;
    return Object.entries(templates).flatMap(([param, { isUnmatched }]) => {
      const message = `${param}: what a placeholder asks for is not in any of ${recordsText(of)}, which went without.`;
      return isUnmatched ? [{ code: "unmatched_pointer", count: of, of, message }] : [];
    });
  }
}

function isWritten({ status }: Outcome): boolean {
  return status === "written" || status === "duplicate";
}
