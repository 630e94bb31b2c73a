import { rename } from "node:fs/promises";
import { join } from "node:path";
import { hasAll } from "./compare.ts";
import type { Control } from "./control.ts";
import { removeControl, writeControl } from "./control.ts";
import { toStoreError } from "./disk-errors.ts";
import { forEach } from "./few.ts";
import { exists, firstFew, ifThere, remove, setAside } from "./folder.ts";
import { addedTo, placeOf, undo } from "./journal.ts";
import type { Finder, Found, Leftover } from "./leftovers.ts";
import { ifFree, withLock } from "./lock.ts";
import { tempName } from "./names.ts";
import type { TempName } from "./names.ts";
import { salvage } from "./salvage.ts";

/** What becomes of the temporary files of a run that was killed. */
export type RecoverPolicy = "salvage" | "keep" | "delete";

/** A run writes meanwhile: it has the other threads of the pool. */
const AT_A_TIME = 2;
/** Notes that are logged as they come; the receipt counts the others. */
const LOGGED = 10;

/** What {@link Recovery} needs. */
export interface RecoveryOptions {
  /** With a token of its own: what it takes must not be mistaken for what the run of the store writes, be it of the same id. */
  readonly self: Finder;
  readonly control: Control;
  readonly found: Found;
  readonly policy: RecoverPolicy;
  readonly warn: (message: string) => void;
}

/** Recovers what dead runs left, behind the back of the run that goes on: however much it is, no record waits for it (L-09). */
export class Recovery {
  readonly #options: RecoveryOptions;
  readonly #stopping = new AbortController();
  readonly #notes: string[] = [];
  #left: number;
  #work: Promise<void> | undefined;

  constructor(options: RecoveryOptions) {
    this.#options = options;
    this.#left = options.found.leftovers.length;
  }

  /** Begins, if that was not done yet. Never throws. */
  start(): void {
    this.#work ??= this.#run().catch((error: unknown) => {
      this.#note(toStoreError(error, `recover what is in ${this.#options.self.folder}`).message);
    });
  }

  /**
   * Waits until all is recovered, or until the signal is aborted: then the next run goes on.
   * @returns notes for the receipt
   */
  async finish(signal: AbortSignal): Promise<string[]> {
    this.start();
    const stop = (): void => this.#stopping.abort();
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    await this.#work;
    signal.removeEventListener("abort", stop);
    const left = `${this.#left} files of interrupted runs in ${this.#options.self.folder} are not recovered yet; the next run goes on with them.`;
    return [...firstFew(this.#notes), ...(this.#left > 0 ? [left] : [])];
  }

  /** Ends what is under way after the file at hand. */
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
    // Who appends to a file just now has undone what was left there first.
    const mend = (target: string): Promise<void> => ifFree(self, target, () => undo(folder, target));
    await forEach(found.additions, signal, mend, AT_A_TIME);
    const recoverAll = async (leftovers: readonly Leftover[]): Promise<void> => {
      for (const leftover of leftovers) {
        if (signal.aborted) return;
        const note = await recoverSafely(self, leftover, policy);
        if (signal.aborted && note !== undefined && (await exists(join(folder, leftover.file)))) return;
        this.#left -= 1;
        if (note !== undefined) this.#note(note);
      }
    };
    // What is of one file goes one after another.
    await forEach(Map.groupBy(found.leftovers, ({ target }) => target).values(), signal, recoverAll, AT_A_TIME);
  }

  #note(note: string): void {
    this.#notes.push(note);
    if (this.#notes.length <= LOGGED) this.#options.warn(note);
  }
}

/**
 * Makes a valid `NAME.RUN.partial.json` of an unpublished file.
 * @returns its name; undefined where the file held no record, and was removed
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

async function recoverSafely(self: Finder, leftover: Leftover, policy: RecoverPolicy): Promise<string | undefined> {
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
    return toStoreError(error, `recover ${join(self.folder, file)}`).message;
  }
}

/** Of a process that was killed just behind that, the records are where they were to be added (L-10). */
async function wasAdded(self: Finder, { target, run, file }: Leftover): Promise<boolean> {
  const { folder } = self;
  const added = (await addedTo(folder, target)).filter((one) => one.run === run);
  const places = added.map((one) => placeOf(folder, target, one));
  return places.length > 0 && hasAll({ path: join(folder, file), target }, places, self);
}

async function recover(self: Finder, leftover: Leftover, policy: RecoverPolicy): Promise<string | undefined> {
  const { file, target, run } = leftover;
  const path = join(self.folder, file);
  if (policy === "keep") return `Run ${run} was interrupted; its records for ${target} are left in ${file}.`;
  // Taking the file by renaming it has one winner, should two processes find it at once.
  const own = join(self.folder, tempName({ target, run, token: self.token }));
  if ((await ifThere(rename(path, own).then(() => true))) === undefined) return undefined;
  if (policy === "delete") {
    await remove(own);
    return `Run ${run} was interrupted; its records for ${target} were deleted, as \`recover: delete\` says.`;
  }
  try {
    const name = await keepAsPartial(self.folder, own, leftover);
    return name && `Run ${run} was interrupted; its records for ${target} are in ${name}.`;
  } catch (error) {
    await rename(own, path);
    throw error;
  }
}
