import {
  type Batch,
  BlockedError,
  defineStore,
  RejectError,
  RetryError,
  type StoreError,
} from "@cloudmarker/store-api";
import { networkError } from "@cloudmarker/store-kit/http";
import pg from "pg";

/** What a class of SQLSTATE means for the records of a statement: none of them was written. */
const CLASSES: Readonly<Record<string, new (code: string, message: string) => StoreError>> = {
  // A value that the type of the column does not take.
  "22": RejectError,
  // Credentials, a database or a schema that is not there, rights.
  "28": BlockedError,
  "3D": BlockedError,
  "3F": BlockedError,
  "42": BlockedError,
};

/** Somebody else made the table at the same moment. */
const MADE: ReadonlySet<unknown> = new Set(["42P07", "23505"]);

export default defineStore({
  name: "postgres",
  apiVersion: 1,
  params: {
    type: "object",
    properties: {
      url: {
        type: "string",
        format: "uri",
        default: "postgres://localhost:5432/postgres",
        description: "Address of the database, with the user and without the password.",
      },
      password: { type: "string", minLength: 1, writeOnly: true, description: "Password of the user." },
      table: { type: "string", pattern: "^\\w+$", default: "audit", description: "Table for the records." },
    },
    additionalProperties: false,
  },
  // The primary key is the id of the record: it is there once, however often it is sent.
  supports: { idempotent: true },
  batch: { records: 1000, bytes: 4_000_000, concurrency: 4 },

  validate({ url }) {
    if (new URL(url).password === "") return [];
    return [{ path: ["url"], message: "A password in the address would be shown. Put it into the param password." }];
  },

  // A statement and its two values, each as it is sent.
  explain(batch, { url, table }) {
    const [ids, records] = valuesOf(batch);
    return [
      { method: "parse", url, body: putInto(table), records: 0 },
      { method: "bind $1", url, body: ids, records: 0 },
      { method: "bind $2", url, body: records, records: batch.length },
    ];
  },

  open({ url, password, table }, { logger, guarantee }) {
    const address = new URL(url);
    const peer = `postgres://${address.host}`;
    // pg takes the password of the address alone where an address is given.
    if (password !== undefined) address.password = encodeURIComponent(password);
    const pool = new pg.Pool({
      connectionString: address.href,
      max: 4,
      // With at-most-once no connection is used that the server may be closing (SC-35).
      ...(guarantee === "at-most-once" && { maxUses: 1 }),
      connectionTimeoutMillis: 4000,
      allowExitOnIdle: true,
    });
    // A connection broke while no statement was under way: the next one is made when it is needed.
    const broke = (error: Error): void => logger.debug(error.message);
    pool.on("error", broke).on("connect", (client) => void client.on("error", broke));

    const ask = async (text: string, values: readonly string[], signal?: AbortSignal): Promise<void> => {
      let broken = true;
      try {
        const client = await pool.connect();
        const stop = (): void => client.release(true);
        signal?.addEventListener("abort", stop, { once: true });
        try {
          if (signal?.aborted) throw signal.reason;
          await client.query(text, [...values]);
          broken = false;
        } catch (error) {
          broken = sqlState(error) === undefined;
          throw error;
        } finally {
          signal?.removeEventListener("abort", stop);
          if (!signal?.aborted) client.release(broken);
        }
      } catch (error) {
        throw meaningOf(error, peer);
      }
    };

    let made: Promise<void> | undefined;
    const makeTable = async (signal: AbortSignal): Promise<void> => {
      try {
        await ask(`create table if not exists ${table} (id text primary key, record json not null)`, [], signal);
      } catch (error) {
        if (MADE.has((error as StoreError).code)) return;
        made = undefined;
        throw error;
      }
    };

    return {
      async write(batch, { signal }) {
        await (made ??= makeTable(signal));
        await ask(putInto(table), valuesOf(batch), signal);
      },
      async check() {
        try {
          await ask("select 1", [], AbortSignal.timeout(10_000));
          return { ok: true, code: "ok", message: `${peer} answers.` };
        } catch (error) {
          const { code, message } = error as StoreError;
          return { ok: false, code, message };
        }
      },
      close: () => pool.end(),
    };
  },
});

/** One statement for a batch. `json` keeps the text of a record, and with it every digit of its numbers. */
function putInto(table: string): string {
  return `insert into ${table} (id, record) select * from unnest($1::text[], $2::json[]) on conflict (id) do nothing`;
}

function valuesOf(batch: Batch): [ids: string, records: string] {
  return [arrayOf(batch.map(({ id }) => id)), arrayOf(batch.map(({ json }) => json))];
}

/** An array as PostgreSQL reads it. */
function arrayOf(texts: readonly string[]): string {
  return `{${texts.map((text) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`).join(",")}}`;
}

function sqlState(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

/** What an error means for the records. The server answers with a code; without one the connection broke. */
function meaningOf(error: unknown, peer: string): StoreError {
  const code = sqlState(error);
  if (code === undefined) return networkError(error, peer);
  const Meaning = CLASSES[code.slice(0, 2)] ?? RetryError;
  return new Meaning(code, `${peer}: ${(error as Error).message}.`);
}
