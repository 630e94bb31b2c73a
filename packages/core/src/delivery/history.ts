import type { OutcomeStatus } from "@cloudmarker/store-api";

/** Why records were not written. */
export interface Cause {
  /** The reported status; a failure without an explanation counts as `unknown`. */
  readonly status: OutcomeStatus;
  readonly code: string;
  readonly reason: string;
  /** The wait that the server asks for in milliseconds, 0 if it asks for none. */
  readonly retryAfterMs: number;
}

/**
 * Failures that are this much apart, in milliseconds, may have one cause: a thread that does not react is ended 5 s
 * after the first attempt in it ran out of time.
 */
const TOGETHER_MS = 10_000;

/** What counts against the records of a batch. */
export interface Counted {
  /** Failures without an explanation; halves inherit them. */
  readonly failures: number;
  /**
   * How often the result of the batch was unknown although the store wrote other records meanwhile; halves inherit it.
   */
  readonly doubts: number;
  /**
   * Number of the last attempt that had begun when it failed without an explanation; 0 before. If the store
   * acknowledges a later attempt, it works.
   */
  readonly seen: number;
  /** The batch is one record, and it failed although the store had worked since it failed before. */
  readonly failedAlone: boolean;
  /**
   * In ordered delivery: times in a row that the store said that it was well right after the record had failed alone.
   */
  readonly checks: number;
}

/** The last failure of a batch without an explanation. */
export interface LastFailure {
  /** In milliseconds of the clock. */
  readonly at: number;
  /** Number of the last attempt that had begun by then. */
  readonly begun: number;
  /** What counted before it. */
  readonly before: Counted;
}

/** The past attempts of a batch. It is a value: each event makes a new one. Halves inherit it. */
export interface History extends Counted {
  readonly attempts: number;
  /** Failures without an explanation at the present size. */
  readonly tries: number;
  /** Answers in a row that made no sense. */
  readonly invalid: number;
  readonly lastFailure: LastFailure | undefined;
  /** It failed together with others: it is sent with nothing else under way, so that it can harm only itself. */
  readonly isSentAlone: boolean;
  /**
   * Some records of the batch are settled, these are the others. That they fail whole now says nothing about the store.
   */
  readonly isRest: boolean;
  /** Failures of a rest in a row, since the store last acknowledged something between two of them. */
  readonly idle: number;
  /** Attempts of the store of which something was acknowledged, at the last of these. */
  readonly answers: number;
  /** Of the last failure. */
  readonly cause: Cause | undefined;
  /** Since an earlier attempt it is unknown whether the store has the records. */
  readonly inDoubt: boolean;
}

/** Of a batch that was never sent. */
export const NEVER_SENT: History = {
  attempts: 0,
  failures: 0,
  doubts: 0,
  seen: 0,
  failedAlone: false,
  checks: 0,
  tries: 0,
  invalid: 0,
  lastFailure: undefined,
  isSentAlone: false,
  isRest: false,
  idle: 0,
  answers: 0,
  cause: undefined,
  inDoubt: false,
};

/** What is known of a failed attempt. */
export interface Circumstances {
  /** Records of the batch. */
  readonly size: number;
  /** When the attempt began, the store had acknowledged something of an attempt after {@link Counted.seen}. */
  readonly worked: boolean;
  /** Number of the last attempt that has begun. */
  readonly begun: number;
  readonly ordered: boolean;
}

/** Another attempt begins. */
export function attempted(history: History): History {
  return { ...history, attempts: history.attempts + 1 };
}

/** The batch is split. */
export function split(history: History): History {
  return { ...history, tries: 0 };
}

/** The store explained itself: earlier failures without an explanation no longer count. */
export function explained(history: History): History {
  return { ...history, failures: 0, tries: 0, doubts: 0, seen: 0, failedAlone: false, checks: 0 };
}

/** The store answered, with sense or without, and perhaps settled some of the records. */
export function answered(history: History, isValid: boolean, isRest: boolean): History {
  return { ...history, invalid: isValid ? 0 : history.invalid + 1, isRest: history.isRest || isRest };
}

/** The store is blocked. If it has worked since the last time, it is blocked for these records only. */
export function blocked(history: History, { worked, begun }: Circumstances): History {
  return { ...explained(history), isRest: history.isRest || worked, seen: begun };
}

/**
 * A cut connection, or no answer in time. It counts where others are written meanwhile. In order no others are sent, so
 * that each one counts.
 */
export function doubted(history: History, circumstances: Circumstances): History {
  const counts = circumstances.worked || circumstances.ordered;
  return { ...history, doubts: history.doubts + (counts ? 1 : 0), seen: seenAfter(history, circumstances) };
}

/** The batch failed without an explanation. */
export function failed(history: History, circumstances: Circumstances): History {
  return {
    ...history,
    failures: history.failures + 1,
    tries: history.tries + 1,
    failedAlone: history.failedAlone || (circumstances.size === 1 && circumstances.worked),
    seen: seenAfter(history, circumstances),
  };
}

/** The rest came back. While the store acknowledges other records, it need not wait longer each time. */
export function returned(history: History, answers: number): History {
  return { ...history, idle: answers > history.answers ? 1 : history.idle + 1, answers };
}

/** The last failure was this. */
export function failedOf(history: History, cause: Cause): History {
  return { ...history, cause, inDoubt: history.inDoubt || cause.status === "unknown" };
}

/**
 * Whether another batch failed while the attempt `number` was under way, and not long before `now`: a crash or a
 * connection that both shared may have taken both of them down. Then it counts against neither. Which of them did it
 * shows when each is sent by itself.
 */
export function isTogether(other: LastFailure | undefined, number: number, now: number): boolean {
  return other !== undefined && other.begun >= number && other.at >= now - TOGETHER_MS;
}

/** The batch failed without an explanation; see {@link uncounted}. */
export function noted(history: History, at: number, begun: number, isShared: boolean): History {
  const { failures, doubts, seen, failedAlone, checks } = history;
  const before = { failures, doubts, seen, failedAlone, checks };
  return { ...history, lastFailure: { at, begun, before }, isSentAlone: history.isSentAlone || isShared };
}

/** Its last failure may be the fault of another batch, so it does not count. The next attempt, alone, shows that. */
export function uncounted(history: History): History {
  return { ...history, ...history.lastFailure?.before, isSentAlone: true };
}

/**
 * What was under way when the batch failed does not show that the store works: it may have been written just before the
 * store went away. Of several failures in a row the first one counts, until something shows that the store works.
 */
function seenAfter({ seen }: History, { worked, begun }: Circumstances): number {
  return worked || seen === 0 ? begun : seen;
}
