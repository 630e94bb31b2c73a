import type { DiskTime } from "../disk-time.ts";
import { messageOf } from "../errors.ts";
import { counted, grouped } from "../grouped.ts";
import { LETTERS_CALLS } from "./calls.ts";
import { LettersDb } from "./letters-db.ts";
import { reasonOf, StorageError } from "./storage-error.ts";
import { openStorage, type StoredLetters } from "./storage.ts";

/** How {@link openLetters} works. */
export interface LettersOptions {
  /** The code of the thread; without it the calls hold up the thread of the program. */
  readonly worker: URL | undefined;
  /** Limits the time of each call. */
  readonly disk: DiskTime;
  /** Whether network file systems are allowed. */
  readonly unsafe: boolean;
}

/** Dead letters that are open. */
export interface OpenLetters {
  readonly letters: StoredLetters;
  close(): Promise<void>;
}

/** Opens dead letters, and makes their database where it is not there. @throws StorageError */
export async function openLetters(path: string, { worker, ...options }: LettersOptions): Promise<OpenLetters> {
  if (!worker) return openHere(path, options);
  const storage = openStorage({ worker, ...options });
  try {
    const letters = await storage.openLetters(path);
    return {
      letters,
      async close() {
        await letters.close().catch(() => undefined);
        await storage.close();
      },
    };
  } catch (error) {
    await storage.close();
    throw error;
  }
}

async function openHere(path: string, { disk, unsafe }: Omit<LettersOptions, "worker">): Promise<OpenLetters> {
  const within = async <T>(call: () => Promise<T>): Promise<T> => {
    try {
      return await disk.within(path, call);
    } catch (error) {
      throw error instanceof StorageError ? error : new StorageError("failed", `${messageOf(error)}.`, error);
    }
  };
  const db = await within(async () => LettersDb.open(path, { unsafe }));
  const methods = LETTERS_CALLS.map((name) => {
    const call = db[name] as (...args: unknown[]) => unknown;
    return [name, (...args: unknown[]) => within(async () => call.apply(db, args))] as const;
  });
  return { letters: Object.fromEntries(methods) as unknown as StoredLetters, close: async () => db.close() };
}

/**
 * After an error of a database that is damaged: sets it aside, and keeps what can be read of it in a new one. It must
 * be closed.
 * @returns what was done, in words; undefined if the file is not the reason
 */
export async function mendAfter(
  error: unknown,
  path: string,
  now: number,
  { worker, disk, unsafe }: LettersOptions,
): Promise<string | undefined> {
  if (reasonOf(error) !== "damaged" && reasonOf(error) !== "foreign") return undefined;
  const storage = worker && openStorage({ worker, disk, unsafe });
  try {
    const { aside, kept, known } = storage
      ? await storage.mendLetters(path, now)
      : LettersDb.mend(path, now, { unsafe });
    const found =
      kept === known ? counted(kept, "dead letter") : `${grouped(kept)} of its ${counted(known, "dead letter")}`;
    return aside === undefined
      ? `Another process has mended ${path}.`
      : `${path} was damaged: ${found} could be read, and ${kept === 1 ? "is" : "are"} in a new one. The damaged file is ${aside}.`;
  } finally {
    await storage?.close();
  }
}
