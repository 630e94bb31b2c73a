// What runs in the thread of the storage: the databases, and what does as it is asked. One call after another, since
// each waits for the disk.
import { parentPort, workerData } from "node:worker_threads";
import type { StorageAnswer, StorageQuestion, StorageStart } from "./calls.ts";
import { JournalDb } from "./journal-db.ts";
import { LettersDb } from "./letters-db.ts";
import { storageError } from "./storage-error.ts";

const { unsafe } = workerData as StorageStart;

/** By the number of the request that opened it. */
const databases = new Map<number, JournalDb | LettersDb>();

/** Does what it is asked, and answers. */
export function take(question: StorageQuestion): void {
  const answer = answerTo(question);
  parentPort?.postMessage(answer, "result" in answer ? buffersOf(answer.result) : []);
}

function answerTo(question: StorageQuestion): StorageAnswer {
  const { id } = question;
  try {
    return { id, result: perform(question) };
  } catch (error) {
    const { reason, message } = storageError(error, "the state folder", "use");
    return { id, error: { reason, message } };
  }
}

function perform(question: StorageQuestion): unknown {
  switch (question.call) {
    case "create":
      databases.set(question.id, JournalDb.create(question.path, question.start, { unsafe }));
      return;
    case "open":
      databases.set(question.id, JournalDb.open(question.path, { unsafe }));
      return;
    case "openLetters":
      databases.set(question.id, LettersDb.open(question.path, { unsafe }));
      return;
    case "mendLetters":
      return LettersDb.mend(question.path, question.now, { unsafe });
    case "method": {
      const { of, name, args } = question;
      // The other side has the same code, and calls what there is.
      const database = databases.get(of) as unknown as Record<string, (...args: readonly unknown[]) => unknown>;
      if (name === "close" || name === "remove") databases.delete(of);
      return database[name]?.(...args);
    }
  }
}

/** The memory of what was read: it is handed over, not copied. */
function buffersOf(result: unknown): ArrayBuffer[] {
  if (typeof result !== "object" || result === null) return [];
  if (Array.isArray(result))
    return result.flatMap(({ record }: { record?: Uint8Array<ArrayBuffer> }) => (record ? [record.buffer] : []));
  const { blocks = [] } = result as { blocks?: readonly { bytes?: Uint8Array<ArrayBuffer> }[] };
  return blocks.flatMap(({ bytes }) => (bytes ? [bytes.buffer] : []));
}
