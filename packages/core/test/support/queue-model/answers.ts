import type { Outcome } from "@cloudmarker/store-api";
import type { Nature, OutcomeName } from "./plan.ts";

/** What a store says of a batch, and what that means. */
export interface Answer {
  /** Whatever `write` resolves to. */
  readonly answer: unknown;
  /** Records that the store acknowledged. */
  readonly acknowledged: readonly number[];
  /** Records whose outcome is unknown. */
  readonly inDoubt: readonly number[];
  /** Records that are to be sent again, later where the store says so. */
  readonly again: readonly number[];
}

const MIXTURE = ["written", "retry", "written", "unknown", "reject", "blocked", "duplicate"] as const;

/** An answer in which each record has its own outcome. */
export function answerEach(
  numbers: readonly number[],
  nameOf: (number: number) => OutcomeName | "written",
  wait: { readonly retryAfterMs?: number },
): Answer {
  const named = numbers.map((number, index) => ({ number, index, name: nameOf(number) }));
  const answer = named.flatMap(({ index, name }): Outcome[] => {
    if (name === "written") return [];
    if (name === "diverted") return [{ index, status: "written", diverted: true }];
    return [{ index, status: name, code: name, reason: name, ...wait }];
  });
  const of = (...names: string[]): number[] =>
    named.filter(({ name }) => names.includes(name)).map(({ number }) => number);
  return {
    answer,
    acknowledged: of("written", "duplicate", "diverted"),
    inDoubt: of("unknown"),
    again: of("retry", "unknown", "blocked"),
  };
}

/** Outcomes that differ from record to record, and from attempt to attempt. */
export function mixture(attempt: number): (number: number) => (typeof MIXTURE)[number] {
  return (number) => MIXTURE[(number + attempt) % MIXTURE.length] ?? "written";
}

/** All are written but a third of them, another one in each attempt. The first one is always written. */
export function throttled(numbers: readonly number[], attempt: number): (number: number) => "written" | "retry" {
  return (number) => (number !== numbers[0] && (number * 7 + attempt) % 3 === 0 ? "retry" : "written");
}

/** What a record of this nature gets, where its batch is not concerned. */
export function outcomeOf(nature: Nature): OutcomeName | "written" {
  return nature.startsWith("outcome:") ? (nature.slice("outcome:".length) as OutcomeName) : "written";
}

/** Answers that are not valid, of four kinds: the first and the last say nothing of any record. */
export function nonsense(numbers: readonly number[], kind: number): Answer {
  const [first = 0, ...others] = numbers;
  const written = { index: 0, status: "written" };
  const allInDoubt = { acknowledged: [], inDoubt: numbers, again: numbers };
  const firstInDoubt = { acknowledged: others, inDoubt: [first], again: [first] };
  const kinds: readonly Answer[] = [
    { answer: [{ index: numbers.length, status: "written" }], ...allInDoubt },
    { answer: [written, written], ...firstInDoubt },
    { answer: [{ index: 0, status: "fine" }], ...firstInDoubt },
    { answer: "done", ...allInDoubt },
  ];
  return kinds[kind % kinds.length] ?? { answer: undefined, acknowledged: numbers, inDoubt: [], again: [] };
}
