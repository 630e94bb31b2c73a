// What the state folder keeps beyond a run, as data. Times are in milliseconds since the epoch.

/** One run. */
export interface StoredRun {
  /** Run id. */
  readonly run: string;
  readonly started: number;
  /** Absent while it is not over. */
  readonly ended?: number;
  /** A word for how it stands. */
  readonly status: string;
  /** Names of its audits. */
  readonly audits: readonly string[];
  /** Where its configuration came from and the like: any data that JSON can hold. */
  readonly meta: unknown;
  /** Its receipt: any data that JSON can hold. */
  readonly receipt: unknown;
}

/** Which runs; those that meet all that is given. */
export interface RunFilter {
  readonly run?: string;
  readonly audit?: string;
  readonly status?: string;
  /** Begun at that time or later. */
  readonly since?: number;
}

/** `kept`: waits for its owner; `replayed`: arrived when it was sent again. */
export type LetterState = "kept" | "replayed";

/** A dead letter that is to be kept. */
export interface NewLetter {
  readonly run: string;
  readonly audit: string;
  readonly store: string;
  readonly code: string;
  /** Masked. */
  readonly reason: string;
  readonly attempts: number;
  readonly firstTime: number;
  readonly lastTime: number;
  /** Document id of the record. */
  readonly recordId: string;
  /** The record, as whoever wrote it packed it. */
  readonly record: Uint8Array<ArrayBuffer>;
}

/** A dead letter that is kept. */
export interface StoredLetter extends NewLetter {
  /** Its number: later ones have higher ones, and none is used twice. */
  readonly id: number;
  readonly state: LetterState;
}

/** What became of a dead letter that was sent again. */
export interface LetterChange {
  readonly id: number;
  readonly state: LetterState;
  readonly lastTime: number;
  /** Attempts that were made, to be added. */
  readonly attempts: number;
  /** The new code and reason; those of before stay where they are absent. */
  readonly code?: string;
  readonly reason?: string;
}

/** Which dead letters; those that meet all that is given. */
export interface LetterFilter {
  readonly ids?: readonly number[];
  readonly run?: string;
  readonly audit?: string;
  readonly store?: string;
  readonly code?: string;
  readonly state?: LetterState;
  /** Last tried at that time or later. */
  readonly since?: number;
  /** Last tried before that time. */
  readonly before?: number;
  /** Text that is in the reason. */
  readonly reason?: string;
}

/** Dead letters that have these in common. */
export interface LetterGroup {
  readonly audit: string;
  readonly store: string;
  readonly code: string;
  readonly reason: string;
  readonly state: LetterState;
  readonly count: number;
  /** Of their records. */
  readonly bytes: number;
  readonly firstTime: number;
  readonly lastTime: number;
  /** Number of the first of them. */
  readonly sample: number;
}
