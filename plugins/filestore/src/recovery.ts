import { rename } from "node:fs/promises";
import { join } from "node:path";
import { hasAll } from "./compare.ts";
import type { Control } from "./control.ts";
import { removeControl, writeControl } from "./control.ts";
import { toStoreError } from "./disk-errors.ts";
import { forEach } from "./few.ts";
import { firstFew } from "./first-few.ts";
import { exists, ifThere, remove, setAside } from "./folder.ts";
import { addedTo, placeOf, undo } from "./journal.ts";
import type { Finder, Found, Leftover } from "./leftovers.ts";
import { ifFree, withLock } from "./lock.ts";
import { decodeRun, tempName } from "./names.ts";
import type { TempName } from "./names.ts";
import { salvage } from "./salvage.ts";

/** How the temporary files of a killed run are handled. */
export type RecoverPolicy = "salvage" | "keep" | "delete";

/** Leaves the other threads of the pool to the run that writes at the same time. */
const AT_A_TIME = 2;
/** Notes that are logged at once; the receipt counts the others. */
const LOGGED = 10;

/** Options of the recovery. */
export interface RecoveryOptions {
  /**
   * A store with a token of its own, so that its files differ from those that the run writes, even under the same run
   * id.
   */
  readonly self: Finder;
  readonly control: Control;
  readonly found: Found;
  readonly policy: RecoverPolicy;
  readonly warn: (message: string) => void;
}

/** What became of a file of a killed run. */
interface Recovered {
  readonly note: string;
  /** Name of the file that its records are in now. */
  readonly partial?: string;
}

/** Recovers what killed runs left, while the present run writes: no record waits for it (L-09). */
export class Recovery {
  readonly #options: RecoveryOptions;
  readonly #stopping = new AbortController();
  readonly #recovered: Recovered[] = [];
  #left: number;
  #work: Promise<void> | undefined;

  constructor(options: RecoveryOptions) {
    this.#options = options;
    this.#left = options.found.leftovers.length;
  }

  /** Starts the recovery once. Never throws. */
  start(): void {
    this.#work ??= this.#run().catch((error: unknown) => {
      this.#note({ note: toStoreError(error, `recover what is in ${this.#options.self.folder}`).message });
    });
  }

  /**
   * Waits until everything is recovered or the signal is aborted. The next run recovers the rest.
   * @returns the names of the files that records are in now
   */
  async finish(signal: AbortSignal): Promise<ReadonlySet<string>> {
    this.start();
    const stop = (): void => this.#stopping.abort();
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    await this.#work;
    signal.removeEventListener("abort", stop);
    return new Set(this.#recovered.flatMap(({ partial }) => partial ?? []));
  }

  /** Notes for the receipt. @param gone names of files that are not there any more */
  notes(gone: ReadonlySet<string>): string[] {
    const there = this.#recovered.filter(({ partial }) => partial === undefined || !gone.has(partial));
    const notes = there.map(({ note }) => note);
    const left = `${this.#left} files of interrupted runs in ${this.#options.self.folder} are not recovered yet; the next run goes on with them.`;
    return [...firstFew(notes, "files"), ...(this.#left > 0 ? [left] : [])];
  }

  /** Stops after the present file. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#work;
  }

  async #run(): Promise<void> {
    const { self, found, control } = this.#options;
    const { folder, token } = self;
    if (found.leftovers.length + found.scraps.length + found.additions.length > 0) {
      await writeControl(folder, token, control);
      try {
        await this.#recoverAll();
      } finally {
        await removeControl(folder, token);
      }
    }
    if (this.#stopping.signal.aborted) return;
    for (const one of found.finished) await removeControl(folder, one);
  }

  async #recoverAll(): Promise<void> {
    const { found, policy } = this.#options;
    const { signal } = this.#stopping;
    const self = { ...this.#options.self, signal };
    const { folder } = self;
    await forEach(found.scraps, signal, (file) => remove(join(folder, file)), AT_A_TIME);
    // A process that holds the lock has undone the unfinished append itself.
    const undoAppend = (target: string): Promise<void> => ifFree(self, target, () => undo(folder, target));
    await forEach(found.additions, signal, undoAppend, AT_A_TIME);
    const recoverAll = async (leftovers: readonly Leftover[]): Promise<void> => {
      for (const leftover of leftovers) {
        if (signal.aborted) return;
        const recovered = await recoverSafely(self, leftover, policy);
        if (signal.aborted && recovered && (await exists(join(folder, leftover.file)))) return;
        this.#left -= 1;
        if (recovered) this.#note(recovered, leftover.run);
      }
    };
    // Leftovers of one target are recovered one after another.
    await forEach(Map.groupBy(found.leftovers, ({ target }) => target).values(), signal, recoverAll, AT_A_TIME);
  }

  #note(recovered: Recovered, run?: string): void {
    this.#recovered.push(recovered);
    // What is of this very run may not be needed any more in the end.
    if (this.#recovered.length <= LOGGED && run !== this.#options.control.run) this.#options.warn(recovered.note);
  }
}

/**
 * Makes a valid `NAME.RUN.partial.json` of an unpublished file.
 * @returns its name; undefined if the file held no record, and was removed
 */
export async function keepAsPartial(
  folder: string,
  path: string,
  { target, run }: Pick<TempName, "target" | "run">,
): Promise<string | undefined> {
  if (!(await salvage(path, target))) {
    await remove(path);
    return undefined;
  }
  return setAside(path, folder, target, run, "partial");
}

async function recoverSafely(self: Finder, leftover: Leftover, policy: RecoverPolicy): Promise<Recovered | undefined> {
  const { target, isAddition, file } = leftover;
  try {
    if (!isAddition) return await recover(self, leftover, policy);
    return await withLock(self, target, async () => {
      await undo(self.folder, target);
      if (!(await wasAdded(self, leftover))) return recover(self, leftover, policy);
      await remove(join(self.folder, file));
      return undefined;
    });
  } catch (error) {
    return { note: toStoreError(error, `recover ${join(self.folder, file)}`).message };
  }
}

/** Whether the append was complete before the process was killed: the target then has all the records (L-10). */
async function wasAdded(self: Finder, { target, run, file }: Leftover): Promise<boolean> {
  const { folder } = self;
  const added = (await addedTo(folder, target)).filter((one) => one.run === run);
  const places = added.map((one) => placeOf(folder, target, one));
  return places.length > 0 && hasAll({ path: join(folder, file), target }, places, self);
}

async function recover(self: Finder, leftover: Leftover, policy: RecoverPolicy): Promise<Recovered | undefined> {
  const { file, target, run } = leftover;
  const path = join(self.folder, file);
  const interrupted = `Run ${decodeRun(run)} was interrupted; its records for ${target}`;
  if (policy === "keep") return { note: `${interrupted} are left in ${file}.` };
  // If two processes find the file, only one of them can rename it.
  const own = join(self.folder, tempName({ target, run, token: self.token }));
  if ((await ifThere(rename(path, own).then(() => true))) === undefined) return undefined;
  if (policy === "delete") {
    await remove(own);
    return { note: `${interrupted} were deleted, as \`recover: delete\` says.` };
  }
  try {
    const partial = await keepAsPartial(self.folder, own, leftover);
    return partial === undefined ? undefined : { note: `${interrupted} are in ${partial}.`, partial };
  } catch (error) {
    await rename(own, path);
    throw error;
  }
}
