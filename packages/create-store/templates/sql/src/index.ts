import { DatabaseSync } from "node:sqlite";
import { type Batch, BlockedError, defineStore, RetryError } from "@cloudmarker/store-api";

/** SQLite's primary result codes for what lasts until a person acts: permission, path, not a database. */
const BLOCKED: ReadonlySet<number> = new Set([3, 8, 14, 23, 26]);

export default defineStore({
  name: "{{name}}",
  apiVersion: 1,
  params: {
    type: "object",
    properties: {
      path: { type: "string", minLength: 1, description: "File of the database; made if it is not there." },
      table: { type: "string", pattern: "^\\w+$", default: "audit", description: "Table for the records." },
    },
    required: ["path"],
    additionalProperties: false,
  },
  // The primary key is the id of the record: it is there once, however often it is sent. A commit is on disk.
  supports: { idempotent: true, durable: true },
  batch: { records: 1000, bytes: 4_000_000, concurrency: 1 },

  explain(batch, { path, table }) {
    const rows = batch.map(({ id, json }) => JSON.stringify([id, json]));
    return [{ method: "insert", url: path, body: [putInto(table), ...rows].join("\n"), records: batch.length }];
  },

  open({ path, table }, { resolvePath }) {
    const file = resolvePath("path", path);
    const database = orStoreError(() => new DatabaseSync(file, { timeout: 5000 }));
    // The first writer makes the table: `check` changes nothing.
    let put: ReturnType<DatabaseSync["prepare"]> | undefined;
    const prepare = () => {
      database.exec(`create table if not exists ${table} (id text primary key, record text not null)`);
      return database.prepare(putInto(table));
    };
    return {
      write(batch) {
        orStoreError(() => {
          put ??= prepare();
          writeAll(database, put, batch);
        });
      },
      check() {
        orStoreError(() => database.prepare("select count(*) from sqlite_master").get());
        return { ok: true, code: "ok", message: `${file} can be read.` };
      },
      close: () => database.close(),
    };
  },
});

function putInto(table: string): string {
  return `insert into ${table} (id, record) values (?, ?) on conflict (id) do update set record = excluded.record`;
}

/** All or nothing: what a transaction that failed began is taken back. */
function writeAll(database: DatabaseSync, put: ReturnType<DatabaseSync["prepare"]>, batch: Batch): void {
  database.exec("begin immediate");
  try {
    for (const { id, json } of batch) put.run(id, json);
    database.exec("commit");
  } catch (error) {
    if (database.isTransaction) database.exec("rollback");
    throw error;
  }
}

/** Says what an error of the database means for the records: nothing was written. */
function orStoreError<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { errcode = 0, message } = error as { readonly errcode?: number; readonly message: string };
    if (BLOCKED.has(errcode & 0xff)) throw new BlockedError("database", `The database cannot be used: ${message}.`);
    throw new RetryError("database", `The database failed: ${message}.`);
  }
}
