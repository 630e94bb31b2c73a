// Dead letters, as data. Times are in milliseconds since the epoch.
import type { SeqRange } from "./stored.ts";

/** `kept`: waits to be sent again; `replayed`: arrived when it was sent again. */
export type LetterState = "kept" | "replayed";

/** A dead letter that is to be kept. */
export interface NewLetter {
  /** Run id. */
  readonly run: string;
  /** When the run began. */
  readonly started: number;
  readonly audit: string;
  /** Key of the store. */
  readonly store: string;
  /** Name of its plugin. */
  readonly plugin: string;
  readonly code: string;
  /** Masked. */
  readonly reason: string;
  readonly attempts: number;
  readonly time: number;
  /** Document id of the record. */
  readonly recordId: string;
  /**
   * Number of the record in the order of acceptance: the same record may be twice in a run. -1 where it is not known.
   */
  readonly place: number;
  /** The text that the store was given, in UTF-8. */
  readonly record: Uint8Array<ArrayBuffer>;
}

/** What happened to a dead letter. */
export interface StoredEvent {
  readonly time: number;
  readonly outcome: "dead_lettered" | "replayed";
  readonly code?: string;
  readonly reason?: string;
  /** The store that it was sent to, if that is not its own. */
  readonly to?: string;
}

/** A dead letter that is kept. */
export interface StoredLetter extends Omit<NewLetter, "time"> {
  /** Its number: later ones have higher ones, and none is used twice. */
  readonly id: number;
  readonly firstTime: number;
  readonly lastTime: number;
  readonly state: LetterState;
  /** The first first; how it stands now is the last. */
  readonly history: readonly StoredEvent[];
}

/** The record of a dead letter. */
export type StoredRecord = Pick<StoredLetter, "id" | "recordId" | "record">;

/** How much may be kept. */
export interface LetterLimits {
  /** Those that were last tried, and kept here, before that time are removed. */
  readonly before: number;
  /** Bytes that the database may use. */
  readonly maxBytes: number;
}

/** What was added. */
export interface LettersAdded {
  /** Their numbers. */
  readonly ids: readonly number[];
  /** How many others were removed for their age, and had not arrived. */
  readonly expired: number;
}

/** What became of dead letters that were sent again. */
export interface LetterChange {
  readonly time: number;
  /** The store that they were sent to, if that is not their own. */
  readonly to?: string;
  /** Numbers of those that arrived. */
  readonly arrived?: readonly SeqRange[];
  readonly refused?: readonly Refused[];
  /** Numbers of those that a tap has taken: they are removed. */
  readonly taken?: readonly number[];
}

/** A dead letter that was refused again. */
export interface Refused {
  readonly id: number;
  readonly code: string;
  readonly reason: string;
  /** Attempts that were made, to be added. */
  readonly attempts: number;
}

/** Which dead letters; those that meet all that is given. */
export interface LetterFilter {
  readonly ids?: readonly number[] | undefined;
  readonly run?: string | undefined;
  /** Of one of these runs. */
  readonly runs?: readonly string[] | undefined;
  readonly audit?: string | undefined;
  readonly store?: string | undefined;
  readonly code?: string | undefined;
  readonly state?: LetterState | undefined;
  /** Last tried at that time or later. */
  readonly since?: number | undefined;
  /** Last tried before that time. */
  readonly before?: number | undefined;
  /** Text that is in the reason. */
  readonly reason?: string | undefined;
}

/** Dead letters that have these in common. */
export interface StoredGroup {
  readonly audit: string;
  readonly store: string;
  readonly plugin: string;
  readonly code: string;
  readonly state: LetterState;
  /** That of the sample; in the others, numbers, ids and quoted texts may differ. */
  readonly reason: string;
  readonly count: number;
  /** Of their records. */
  readonly bytes: number;
  readonly firstTime: number;
  readonly lastTime: number;
  /** Number of the first of them. */
  readonly sample: number;
  /** The store that they were last sent to, if that is not their own. */
  readonly to?: string;
}

/** Where the record of a dead letter stood in its run. */
export interface StoredPlace {
  /** Number of the letter. */
  readonly id: number;
  readonly audit: string;
  readonly store: string;
  readonly code: string;
  readonly reason: string;
  readonly place: number;
}

/** Dead letters of one store in one run. */
export interface StoredLane {
  readonly audit: string;
  readonly store: string;
  readonly run: string;
  /** When the run began. */
  readonly started: number;
  readonly count: number;
  /** Number of the last of them. */
  readonly last: number;
}
