import type { Batch } from "@cloudmarker/store-api";

/** One call of the store's `write`. */
export interface Attempt {
  readonly no: number;
  readonly numbers: readonly number[];
  readonly startedAt: number;
  /** These records were never sent before. */
  readonly isFirst: boolean;
  readonly signal: AbortSignal;
  /** Its answer or error was given. */
  ended: boolean;
}

/** What the queue promised beforehand. */
export interface Promises {
  readonly ordered: boolean;
  readonly atMostOnce: boolean;
  readonly concurrency: number;
  readonly batchRecords: number;
  readonly batchBytes: number;
  /** Records and bytes that may be held. */
  readonly room: Room;
}

interface Room {
  readonly records: number;
  readonly bytes: number;
}

/** Keeps account of every record beside the queue, and notes each promise that is broken. */
export class Ledger {
  readonly violations: string[] = [];
  /** How each record was settled. */
  readonly settled = new Map<number, "acknowledged" | "dead letter" | "lost">();
  /** Records that the store may have without having said so. */
  readonly inDoubt = new Set<number>();
  accepted = 0;
  attempts = 0;
  readonly #promises: Promises;
  readonly #bytes = new Map<number, number>();
  readonly #batchOf = new Map<number, number>();
  /** How often each record was sent. */
  readonly #sent = new Map<number, number>();
  readonly #running = new Set<Attempt>();
  /** Records that were in the store when it crashed, and not by themselves. */
  readonly #crashed = new Set<number>();
  readonly #notBefore = new Map<number, number>();
  #rests: { readonly since: number; readonly until: number }[] = [];
  #lastAcknowledgedBatch = 0;
  #heldBytes = 0;

  constructor(promises: Promises) {
    this.#promises = promises;
  }

  /**
   * Number of the attempt with which a record was sent first, all of its batch with it; `undefined` where it never was.
   */
  batchOf(number: number): number | undefined {
    return this.#batchOf.get(number);
  }

  /** Attempts that the queue waits for. */
  get running(): readonly Attempt[] {
    return [...this.#running];
  }

  /** @param isBounded the producer has always waited for room */
  accept(number: number, bytes: number, isBounded: boolean): void {
    this.accepted++;
    this.#bytes.set(number, bytes);
    this.#heldBytes += bytes;
    const room = this.#promises.room;
    const held = this.accepted - this.settled.size;
    if (!isBounded) return;
    if (held > room.records) this.#broken(`${held} records are held, where ${room.records} may be`);
    if (this.#heldBytes - bytes >= room.bytes)
      this.#broken(`${this.#heldBytes} bytes are held, where ${room.bytes} may be`);
  }

  start(batch: Batch, no: number, now: number, signal: AbortSignal): Attempt {
    const numbers = batch.map(({ id }) => Number(id));
    const isFirst = numbers.every((number) => !this.#batchOf.has(number));
    const attempt: Attempt = { no: ++this.attempts, numbers, startedAt: now, isFirst, signal, ended: false };
    const { concurrency, batchRecords, batchBytes, ordered, atMostOnce } = this.#promises;
    const bytes = batch.reduce((sum, record) => sum + record.bytes, 0);
    const what = `attempt ${attempt.no} [${numbers.join()}]`;
    this.#running.add(attempt);
    if (numbers.length === 0) this.#broken(`${what} is empty`);
    if (isFirst) for (const number of numbers) this.#batchOf.set(number, attempt.no);
    for (const number of numbers) {
      const sent = (this.#sent.get(number) ?? 0) + 1;
      this.#sent.set(number, sent);
      if (sent !== no) this.#broken(`${what} says that it is number ${no} of ${number}, and it is number ${sent}`);
    }
    // Rests go together, but where nothing may be overtaken there is only one.
    const batches = new Set(numbers.map((number) => this.#batchOf.get(number)));
    if (batches.size > 1 && (ordered || batches.has(undefined))) this.#broken(`${what} mixes batches`);
    if (numbers.length > batchRecords || (bytes > batchBytes && numbers.length > 1))
      this.#broken(`${what} is too large`);
    if (numbers.some((number, at) => at > 0 && number <= (numbers[at - 1] ?? 0)))
      this.#broken(`${what} is out of order`);
    if (this.running.length > concurrency) this.#broken(`${what} is one of ${this.running.length} at a time`);
    for (const number of numbers) this.#check(number, what, now);
    if (this.running.length > 1 && this.running.some((one) => one.numbers.some((n) => this.#crashed.has(n))))
      this.#broken(`${what} is not alone with what may crash the store`);
    if (this.#rests.some(({ since, until }) => now > since && now < until))
      this.#broken(`${what} disturbs a store that wants to be left alone`);
    if (atMostOnce && numbers.some((number) => this.inDoubt.has(number)))
      this.#broken(`${what} sends again what may be there`);
    if (ordered && (this.#batchOf.get(numbers[0] ?? 0) ?? 0) < this.#lastAcknowledgedBatch)
      this.#broken(`${what} comes after a later one was acknowledged`);
    signal.addEventListener("abort", () => this.#aborted(attempt));
    return attempt;
  }

  /** The store has said that it has these. */
  acknowledge(numbers: readonly number[]): void {
    for (const number of numbers) {
      this.settle(number, "acknowledged");
      this.#lastAcknowledgedBatch = Math.max(this.#lastAcknowledgedBatch, this.#batchOf.get(number) ?? 0);
    }
  }

  /** The store ends with all that is under way. */
  crash(): void {
    if (this.#running.size < 2) return;
    for (const { numbers } of this.#running) for (const number of numbers) this.#crashed.add(number);
  }

  /** It is unknown whether the store has these. */
  doubt(numbers: readonly number[]): void {
    for (const number of numbers) this.inDoubt.add(number);
  }

  /** These are not to be sent again before then. */
  wait(numbers: readonly number[], until: number): void {
    for (const number of numbers) this.#notBefore.set(number, until);
  }

  /** Nothing is to be sent in between: the queue learns of it in the course of this moment. */
  rest(since: number, until: number): void {
    this.#rests.push({ since, until });
  }

  /** Nothing more may become of a record. */
  settle(number: number, how: "acknowledged" | "dead letter" | "lost"): void {
    const before = this.settled.get(number);
    if (before) this.#broken(`record ${number} is settled as ${before} and as ${how}`);
    else this.#heldBytes -= this.#bytes.get(number) ?? 0;
    this.settled.set(number, how);
  }

  #check(number: number, what: string, now: number): void {
    if (this.settled.has(number))
      this.#broken(`${what} sends ${number}, which is settled: ${this.settled.get(number)}`);
    if (this.running.filter(({ numbers }) => numbers.includes(number)).length > 1)
      this.#broken(`${what} sends ${number}, which is under way`);
    const until = this.#notBefore.get(number) ?? -Infinity;
    if (now < until) this.#broken(`${what} sends ${number} ${until - now} ms too early`);
  }

  /** The queue hears of it in the course of this moment. */
  end(attempt: Attempt): void {
    attempt.ended = true;
    this.#running.delete(attempt);
  }

  #aborted(attempt: Attempt): void {
    this.#running.delete(attempt);
    if (!attempt.ended) this.doubt(attempt.numbers);
  }

  #broken(what: string): void {
    if (this.violations.length < 20) this.violations.push(what);
  }
}
