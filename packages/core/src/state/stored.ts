// What the journal of a run holds, as data: the thread that stores it and the side that uses it share these types.

/** Numbers of one page: what a store has settled is written by pages. */
export const PAGE = 4096;

/** Sequence numbers `[from, to)`: `from` is in it, `to` is not. */
export type SeqRange = readonly [from: number, to: number];

/** Consecutive entries on disk. */
export interface Block {
  /** Sequence number of its first entry. */
  readonly first: number;
  /** How many entries it has. */
  readonly count: number;
  /**
   * The entries; what is in there is the business of who wrote them. On disk they are compressed. Memory that is not
   * shared is handed over.
   */
  readonly bytes: Uint8Array;
}

/** How far one store is. */
export interface LaneProgress {
  /** Index of the store in the run. */
  readonly lane: number;
  /** First sequence number that is not settled. */
  readonly low: number;
  /** What is settled above that, in order. */
  readonly ranges: readonly SeqRange[];
  /** Counts for the receipt: any data that JSON can hold. */
  readonly counts: unknown;
  /** It is not as it is on disk. @default false */
  readonly isChanged?: boolean;
}

/** How far one store is, as a change. */
export interface LaneChange extends LaneProgress {
  /**
   * Pages of {@link PAGE} numbers that have changed: `ranges` has all of these pages and nothing else.
   * @default `ranges` has everything
   */
  readonly pages?: readonly number[];
}

/** How far one input was read. */
export interface InputProgress {
  /** Index of the input in the run. */
  readonly input: number;
  /** Where reading can go on: any data that JSON can hold. */
  readonly at: unknown;
}

/** What one commit changes: all of it or nothing. */
export interface JournalChange {
  /** Blocks that are new. */
  readonly blocks?: readonly Block[];
  /** The lanes that got further; each replaces what was known of it, save the pages that it does not name. */
  readonly lanes?: readonly LaneChange[];
  /** The inputs that got further; each replaces what was known of it. */
  readonly inputs?: readonly InputProgress[];
  /** Replaces what the journal says about the run: any data that JSON can hold. */
  readonly meta?: unknown;
  /** What was damaged is here again, or settled. */
  readonly mended?: boolean;
  /**
   * From now on entries may be forked, and have numbers though no store gets them: versions that do not know this must
   * leave the journal alone. @default false
   */
  readonly isForked?: boolean;
}

/** Room, in bytes. */
export interface JournalSize {
  /** What the blocks that are kept take. What became free in the files is used again, and not counted. */
  readonly usedBytes: number;
  /** What the database takes, with what became free in it. */
  readonly fileBytes: number;
  /** What is free on the disk for this user once what is in the write-ahead log is in the database as well. */
  readonly freeBytes: number;
}

/** All that a journal holds, save the bytes of its blocks. */
export interface JournalState {
  readonly meta: unknown;
  readonly lanes: readonly LaneProgress[];
  readonly inputs: readonly InputProgress[];
  /** The blocks that are kept, in order and without those that are gone. */
  readonly blocks: readonly Omit<Block, "bytes">[];
  /** Entries that were on disk and cannot be read any more, since the file is damaged. */
  readonly gone: readonly SeqRange[];
  /** What is damaged, each as a sentence; empty where nothing is. */
  readonly damage: readonly string[];
  readonly size: JournalSize;
}

/** What a read gives. */
export interface BlocksRead {
  /** In order. The first may begin before the sequence number that was asked for. */
  readonly blocks: readonly Block[];
  /** Entries between them that turned out to be damaged. */
  readonly gone: readonly SeqRange[];
}

/**
 * The journal of one run, open, and locked against every other process. `Storage` gives one whose work is done in a
 * thread.
 */
export interface StoredJournal {
  /** Makes a change durable; when it resolves, it survives a power cut. @throws StorageError, and nothing is changed */
  commit(change: JournalChange): Promise<JournalSize>;
  /**
   * Blocks that hold entries from a sequence number on: as many as fit into so many bytes, and at least one if there
   * is one.
   */
  read(fromSeq: number, mostBytes: number): Promise<BlocksRead>;
  /** What it holds now. */
  state(): Promise<JournalState>;
  /** Closes it and releases its lock. The files stay. */
  close(): Promise<void>;
  /** Closes it and removes its files: everything is settled. */
  remove(): Promise<void>;
}
