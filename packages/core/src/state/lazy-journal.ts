import type { BlocksRead, JournalChange, JournalSize, JournalState, StoredJournal } from "./stored.ts";

/** A journal that is made when something is to be written: a run whose stores keep up needs none. */
export class LazyJournal implements StoredJournal {
  readonly #make: () => Promise<StoredJournal>;
  #made: Promise<StoredJournal> | undefined;

  /** @param make opens or makes the journal */
  constructor(make: () => Promise<StoredJournal>) {
    this.#make = make;
  }

  /** Something was written, or is being written. */
  get isMade(): boolean {
    return this.#made !== undefined;
  }

  async commit(change: JournalChange): Promise<JournalSize> {
    this.#made ??= this.#make();
    const made = this.#made;
    try {
      await made;
    } catch (error) {
      // The next commit tries again.
      if (this.#made === made) this.#made = undefined;
      throw error;
    }
    return (await made).commit(change);
  }

  async read(fromSeq: number, mostBytes: number): Promise<BlocksRead> {
    return (await this.#made)?.read(fromSeq, mostBytes) ?? { blocks: [], gone: [] };
  }

  async state(): Promise<JournalState> {
    return (await (this.#made ??= this.#make())).state();
  }

  async close(): Promise<void> {
    await (await this.#made)?.close();
  }

  async remove(): Promise<void> {
    await (await this.#made)?.remove();
  }
}
