import type { Clock } from "@cloudmarker/store-api";
import type {
  Block,
  BlocksRead,
  InputProgress,
  JournalChange,
  JournalSize,
  JournalState,
  LaneProgress,
  StoredJournal,
} from "../../src/state/stored.ts";
import { Settled } from "../../src/state/settled.ts";

/** How a commit ends: `late` takes effect and fails all the same, as where the disk answers too late. */
export type Fault = { readonly error: Error; readonly late?: boolean } | undefined;

/** An error of the disk, as the storage throws it. */
export function diskError(reason: "full" | "failed", message: string): Error {
  return Object.assign(new Error(message), { reason });
}

/** Keeps in memory what the journal stores, on the clock of the test. */
export class MemoryJournal implements StoredJournal {
  readonly blocks = new Map<number, Block>();
  readonly lanes = new Map<number, LaneProgress>();
  readonly inputs = new Map<number, InputProgress>();
  /** What every commit wrote, also those that failed. */
  readonly changes: JournalChange[] = [];
  /** Sees each commit when it is asked for. */
  onCommit: (change: JournalChange) => void = () => undefined;
  fault: Fault;
  /** Milliseconds that a call takes. */
  delayMs = 0;
  freeBytes = 2 ** 40;
  /** What became free in the files. */
  reusableBytes = 0;
  /** It was told that entries may be forked. */
  isForked = false;
  end: "open" | "closed" | "removed" = "open";
  reads = 0;
  readonly #clock: Clock;
  readonly #lanes: number;
  #last: Promise<unknown> = Promise.resolve();

  constructor(clock: Clock, lanes: number) {
    this.#clock = clock;
    this.#lanes = lanes;
  }

  get size(): JournalSize {
    let usedBytes = 0;
    for (const { bytes } of this.blocks.values()) usedBytes += bytes.length;
    return { usedBytes, fileBytes: usedBytes + this.reusableBytes, freeBytes: this.freeBytes };
  }

  /** Numbers of the entries in the blocks. */
  get kept(): number[] {
    const kept = new Set<number>();
    for (const { first, count } of this.blocks.values()) for (let at = 0; at < count; at++) kept.add(first + at);
    return [...kept].toSorted((a, b) => a - b);
  }

  commit(change: JournalChange): Promise<JournalSize> {
    // What is transferred to a thread is gone here, and what is shared may be used again after the answer.
    const { blocks = [] } = change;
    const buffers = blocks.flatMap(({ bytes: { buffer } }) => (buffer instanceof ArrayBuffer ? [buffer] : []));
    const moved = structuredClone(change, { transfer: buffers });
    this.changes.push(moved);
    this.onCommit(moved);
    return this.#call(() => {
      const { fault } = this;
      if (!fault || fault.late) this.#apply(moved);
      if (fault) throw fault.error;
      return this.size;
    });
  }

  read(fromSeq: number, mostBytes: number): Promise<BlocksRead> {
    return this.#call(() => {
      this.reads++;
      const blocks: Block[] = [];
      let bytes = 0;
      for (const block of [...this.blocks.values()].toSorted((a, b) => a.first - b.first)) {
        if (block.first + block.count <= fromSeq) continue;
        if (blocks.length > 0 && bytes + block.bytes.length > mostBytes) break;
        blocks.push(structuredClone(block));
        bytes += block.bytes.length;
      }
      return { blocks, gone: [] };
    });
  }

  state(): Promise<JournalState> {
    const { size } = this;
    const lanes = [...this.lanes.values()];
    const inputs = [...this.inputs.values()];
    return this.#call(() => ({
      meta: null,
      lanes,
      inputs,
      blocks: [...this.blocks.values()],
      gone: [],
      damage: [],
      size,
    }));
  }

  async close(): Promise<void> {
    await this.#call(() => (this.end = "closed"));
  }

  async remove(): Promise<void> {
    await this.#call(() => (this.end = "removed"));
  }

  #apply({ blocks = [], lanes = [], inputs = [], isForked = false }: JournalChange): void {
    this.isForked ||= isForked;
    // Now: a thread reads what is shared when its turn comes.
    for (const block of blocks) this.blocks.set(block.first, { ...block, bytes: new Uint8Array(block.bytes) });
    for (const { pages, ...lane } of lanes) {
      const known = pages ? (this.lanes.get(lane.lane)?.ranges ?? []) : [];
      this.lanes.set(lane.lane, { ...lane, ranges: new Settled(lane.low, [...known, ...lane.ranges]).ranges() });
    }
    for (const input of inputs) this.inputs.set(input.input, input);
    const low = Math.min(...Array.from({ length: this.#lanes }, (_, lane) => this.lanes.get(lane)?.low ?? 0));
    for (const [first, { count }] of this.blocks) if (first + count <= low) this.blocks.delete(first);
  }

  /** One call after the other, as in a thread. */
  #call<T>(work: () => T): Promise<T> {
    const done = this.#last.then(async () => {
      if (this.delayMs > 0) await new Promise<void>((resolve) => void this.#clock.setTimeout(resolve, this.delayMs));
      return work();
    });
    this.#last = done.catch(() => undefined);
    return done;
  }
}
