/** How many records accepted between two calls of `flush` are still unsettled. */
export interface Checkpoint {
  held: number;
  readonly reached: () => void;
  readonly promise: Promise<void>;
}

/** Tells when everything that was accepted before a given moment is settled, in whatever order that happens. */
export class Checkpoints {
  /** Checkpoint that new batches belong to. */
  current: Checkpoint = makeCheckpoint();
  readonly #sealed: Checkpoint[] = [];

  /** Resolves when all records of all batches so far are settled. */
  seal(): Promise<void> {
    const sealed = this.current;
    this.current = makeCheckpoint();
    this.#sealed.push(sealed);
    this.#advance();
    return sealed.promise;
  }

  /** `count` records of a checkpoint were written, or dead-lettered. */
  settle(checkpoint: Checkpoint, count: number): void {
    checkpoint.held -= count;
    if (checkpoint.held === 0) this.#advance();
  }

  #advance(): void {
    while (this.#sealed[0]?.held === 0) this.#sealed.shift()?.reached();
  }
}

function makeCheckpoint(): Checkpoint {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { held: 0, promise, reached: resolve };
}
