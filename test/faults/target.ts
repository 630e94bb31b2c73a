import type { StorePlugin } from "@cloudmarker/store-api";

/** The duration or the extent of a fault. */
export interface TargetOptions {
  /** Most bytes of a request. */
  readonly maxBytes?: number;
}

/** A store with its scripted server. Records are identified by `raw.seq`. */
export interface Target extends AsyncDisposable {
  readonly plugin: StorePlugin;
  readonly params: Readonly<Record<string, unknown>>;
  /** How often each sequence number is stored. */
  stored(): Map<number, number>;
  /** Any number that grows with everything that the server is asked. */
  activity(): number;
  /** One request, or one record, of twenty is throttled. */
  throttle(): void;
  /** A request with such records breaks the connection before anything of it is taken. */
  breakAt(isBad: (seqs: readonly number[]) => boolean): void;
  /** Refuses every request for now. If the protocol can say so, the answer asks for a wait of that many seconds. */
  turnAway(retryAfterS: number): void;
  /** The next request is taken, and its answer never comes, breaks off, or the connection closes in place of it. */
  loseAnswer(how: "hang" | "cut" | "close"): void;
  /** The next requests are answered by something else, such as the page of a proxy. */
  answerNonsense(times: number): void;
  /** No client may write, for one of these reasons. */
  lock(why: "password" | "expired" | "closed"): void | Promise<void>;
  /** All is well again. */
  repair(): void | Promise<void>;
  stop(): Promise<void>;
  restart(): Promise<void>;
}

/** What a scenario needs to know of a store beforehand. */
export interface TargetKind {
  readonly store: "esstore" | "mongodbstore" | "splunkhecstore";
  /** The same record sent twice is stored once. */
  readonly idempotent: boolean;
  start(options?: TargetOptions): Promise<Target>;
}

/** How often each number occurs. */
export function tally(seqs: Iterable<number>): Map<number, number> {
  const times = new Map<number, number>();
  for (const seq of seqs) times.set(seq, (times.get(seq) ?? 0) + 1);
  return times;
}

/** The sequence numbers in the body of a request. */
export function seqsIn(body: Buffer): number[] {
  return Array.from(body.toString().matchAll(/"seq":(\d+)/gu), ([, seq]) => Number(seq));
}

/** The sequence number in the text of a record. */
export function seqOf(text: string): number {
  return Number(/"seq":(\d+)/u.exec(text)?.[1]);
}
