import { constants } from "node:fs";
import { access, type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { BlockedError, defineStore, RetryError } from "@cloudmarker/store-api";

/** Errors that last until a person acts. */
const BLOCKED: ReadonlySet<unknown> = new Set(["EACCES", "EISDIR", "ENOENT", "ENOTDIR", "EPERM", "EROFS"]);

export default defineStore({
  name: "{{name}}",
  apiVersion: 1,
  params: {
    type: "object",
    properties: {
      path: { type: "string", minLength: 1, description: "File to which the records are appended, one a line." },
    },
    required: ["path"],
    additionalProperties: false,
  },
  // One batch at a time, in order. After `flush` it survives a power cut.
  supports: { ordered: true, durable: true },
  batch: { records: 1000, bytes: 1_000_000 },

  explain(batch, { path }, { resolvePath }) {
    const body = batch.map(({ json }) => `${json}\n`).join("");
    return [{ method: "append", url: resolvePath("path", path), body, records: batch.length }];
  },

  // Two stores with one file would write into each other's lines.
  target({ path }, { resolvePath }) {
    return { name: resolvePath("path", path), exclusive: true, param: "path" };
  },

  open({ path }, { resolvePath }) {
    const name = resolvePath("path", path);
    let file: FileHandle | undefined;
    return {
      async write(batch) {
        await orStoreError(async () => {
          file ??= await open(name, "a", 0o600);
          const { size } = await file.stat();
          try {
            await file.appendFile(batch.map(({ json }) => `${json}\n`).join(""));
          } catch (error) {
            // A part of it may be there: it is taken away, since the batch comes again.
            await file.truncate(size);
            throw error;
          }
        });
      },
      flush: () => orStoreError(async () => file?.datasync()),
      done: () => orStoreError(async () => file?.datasync()),
      async check() {
        await orStoreError(() => access(dirname(name), constants.W_OK));
        return { ok: true, code: "ok", message: `${name} can be written.` };
      },
      async close() {
        await file?.close();
      },
    };
  },
});

/** Says what an error of the disk means for the records: nothing was written. */
async function orStoreError<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code = "disk", message } = error as NodeJS.ErrnoException;
    throw new (BLOCKED.has(code) ? BlockedError : RetryError)(code, message);
  }
}
