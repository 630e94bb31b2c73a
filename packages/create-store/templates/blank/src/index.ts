import { defineStore, type Outcome, reject } from "@cloudmarker/store-api";
import { backEnd } from "./back-end.ts";

export default defineStore({
  name: "{{name}}",
  apiVersion: 1,
  params: {
    type: "object",
    properties: {
      table: { type: "string", minLength: 1, default: "audit", description: "Where the records go." },
    },
    additionalProperties: false,
  },
  // The back end has a record once, however often it is sent: the same id replaces it.
  supports: { idempotent: true },
  batch: { records: 500, bytes: 1_000_000, concurrency: 2 },

  explain(batch, { table }) {
    const body = batch.map(({ id, json }) => `${id} ${json}\n`).join("");
    return [{ method: "put", url: `{{name}}:${table}`, body, records: batch.length }];
  },

  open({ table }) {
    return {
      async write(batch): Promise<Outcome[]> {
        const refused = await backEnd.put(
          table,
          batch.map(({ id, json }) => ({ id, json })),
        );
        return refused.map((index) => reject(index, "refused", "The back end refuses this record."));
      },
      check: () => ({ ok: true, code: "ok", message: `The table ${table} can be written.` }),
    };
  },
});
