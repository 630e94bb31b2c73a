import type { Outcome, OutcomeStatus } from "@cloudmarker/store-api";
import { describe } from "../border/describe.ts";
import { copyOutcomes } from "../border/outcomes.ts";

const IN_DOUBT = "The store's answer does not say what became of this record.";

/**
 * What a store says of the records of one batch, in one list of outcomes or in several. A record is in doubt if a list
 * names it twice or with a status that does not exist, or if a second list contradicts what the first one settled.
 */
export class NamedOutcomes {
  /** What is wrong with the lists, if anything. */
  invalid: string | undefined;
  /** A list is no list, or names a record that is not in the batch: perhaps it means one that it does not name. */
  doubtsOthers = false;
  readonly #size: number;
  readonly #named = new Map<number, Outcome>();

  /** @param size records of the batch */
  constructor(size: number) {
    this.#size = size;
  }

  /** Whether they say nothing at all. */
  get isEmpty(): boolean {
    return this.#named.size === 0 && this.invalid === undefined;
  }

  /** What was said of the record at this index. */
  get(index: number): Outcome | undefined {
    return this.#named.get(index);
  }

  /** Reads one list. It may be anything: taps of the write hook may have given it as well. */
  add(list: unknown): void {
    const size = this.#size;
    const copied: unknown = copyOutcomes(list, size);
    if (!Array.isArray(copied)) return this.#doubtOthers(`it is ${describe(copied)} and no list of outcomes`);
    // Where there are more than records, not all were read.
    if (copied.length > size) this.#doubtOthers(`it has more outcomes than the batch has records, which are ${size}`);
    const inList = new Set<number>();
    for (const outcome of copied as readonly Outcome[]) {
      const { index, status } = outcome as Readonly<Record<keyof Outcome, unknown>>;
      if (index === undefined) {
        this.#doubtOthers("it has an outcome that has no index, so it names no record");
      } else if (typeof index !== "number" || !Number.isInteger(index) || index < 0 || index >= size) {
        this.#doubtOthers(`it names record ${describe(index)} of a batch of ${size}`);
      } else if (inList.has(index)) {
        this.#doubt(index, `it names record ${index} twice`);
      } else if (!isStatus(status)) {
        this.#doubt(index, `it gives record ${index} the status ${show(status)}, which does not exist`);
      } else {
        this.#name(index, outcome);
      }
      if (typeof index === "number") inList.add(index);
    }
  }

  /** What is settled stays so; what is to be sent again may still be settled. */
  #name(index: number, outcome: Outcome): void {
    const before = this.#named.get(index);
    if (!before || !isFinal(before)) this.#named.set(index, outcome);
    else if (before.status !== outcome.status)
      this.#doubt(index, `it names record ${index} as ${before.status} and then as ${outcome.status}`);
  }

  #doubt(index: number, what: string): void {
    this.invalid ??= what;
    this.#named.set(index, inDoubt(index));
  }

  #doubtOthers(what: string): void {
    this.invalid ??= what;
    this.doubtsOthers = true;
  }
}

/** The outcome of a record of which an answer does not say what became of it. */
export function inDoubt(index: number): Outcome {
  return { index, status: "unknown", code: "invalid_outcome", reason: IN_DOUBT };
}

/** Whether it is a status of an outcome. */
export function isStatus(status: unknown): status is OutcomeStatus {
  switch (status) {
    case "written":
    case "duplicate":
    case "retry":
    case "unknown":
    case "reject":
    case "blocked":
      return true;
    default:
      return false;
  }
}

function isFinal({ status }: Outcome): boolean {
  return status === "written" || status === "duplicate" || status === "reject";
}

function show(value: unknown): string {
  return value === undefined ? "undefined" : describe(value);
}
