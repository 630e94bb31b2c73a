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

  /** Makes it now, since it will soon be needed. If that fails, whoever needs it is told. */
  prepare(): void {
    this.make().catch(() => undefined);
  }

  /** Opens or makes it now. If that fails, the next call tries again. */
  async make(): Promise<StoredJournal> {
    const made = (this.#made ??= this.#make());
    try {
      return await made;
    } catch (error) {
      if (this.#made === made) this.#made = undefined;
      throw error;
    }
  }

  async commit(change: JournalChange): Promise<JournalSize> {
    return (await this.make()).commit(change);
  }

  async read(fromSeq: number, mostBytes: number): Promise<BlocksRead> {
    return (await this.#made)?.read(fromSeq, mostBytes) ?? { blocks: [], gone: [] };
  }

  async state(): Promise<JournalState> {
    return (await this.make()).state();
  }

  async close(): Promise<void> {
    await (await this.#made)?.close();
  }

  async remove(): Promise<void> {
    await (await this.#made)?.remove();
  }
}
