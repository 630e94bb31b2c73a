import type { Storage } from "./storage.ts";

/** A storage whose thread starts with the first call. */
export function lazyStorage(start: () => Storage): Storage {
  let started: Storage | undefined;
  const storage = (): Storage => (started ??= start());
  return {
    createJournal: async (path, begin) => storage().createJournal(path, begin),
    openJournal: async (path) => storage().openJournal(path),
    close: async () => started?.close(),
  };
}
