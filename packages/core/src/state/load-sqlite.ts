type Sqlite = typeof import("node:sqlite");

/**
 * SQLite, as it is part of Node; undefined where the runtime has none. Loaded when it is needed. Node 22 warns that
 * it is experimental: a person who carries records can do nothing about that, so that the warning is left out.
 */
export function loadSqlite(): Sqlite | undefined {
  const { emitWarning } = process;
  // Nothing else runs meanwhile.
  process.emitWarning = () => {};
  try {
    return process.getBuiltinModule("node:sqlite") as Sqlite | undefined;
  } catch {
    return undefined;
  } finally {
    process.emitWarning = emitWarning;
  }
}
