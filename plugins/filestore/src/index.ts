import { randomBytes } from "node:crypto";
import { mkdir, open as openFile, readdir, statfs } from "node:fs/promises";
import { join } from "node:path";
import { defineStore } from "@cloudmarker/store-api";
import type { CheckReport, ParamsOf, StorePlugin } from "@cloudmarker/store-api";
import { undoAppends } from "./append.ts";
import type { Codec } from "./codec.ts";
import type { Control } from "./control.ts";
import { controlName, writeControl } from "./control.ts";
import { toStoreError } from "./disk-errors.ts";
import { exists, remove } from "./folder.ts";
import { FORMATS } from "./format.ts";
import { findLeftovers, removeControl } from "./leftovers.ts";
import { encodeName, encodeRun, workerOf } from "./names.ts";
import { currentOwner } from "./owner.ts";
import { publish } from "./publish.ts";
import { Writer } from "./writer.ts";

const params = {
  type: "object",
  properties: {
    path: {
      type: "string",
      minLength: 1,
      default: "/tmp/cloudmarker",
      description:
        "Folder for the files; `~` is the home folder; a relative path starts at the configuration file that has it, or at the current folder.",
    },
    format: {
      enum: ["json", "ndjson"],
      default: "json",
      description: "`json`: one array per worker. `ndjson`: one record per line.",
    },
    compress: {
      enum: ["none", "gzip", "zstd"],
      default: "none",
      description: "Compression of the files, as complete members or frames.",
    },
    mode: {
      type: "string",
      pattern: "^0?[0-7]{3}$",
      description:
        'Permissions of the files in octal, quoted, such as `"0640"`. Without it a file keeps those it had, and a new one is private (`0600`).',
    },
    write_mode: {
      enum: ["replace", "append"],
      default: "replace",
      description: "`replace`: each run has its own files. `append`: each run adds to them at its end; NDJSON only.",
    },
    recover: {
      enum: ["salvage", "keep", "delete"],
      default: "salvage",
      description:
        "What becomes of the unpublished records of a run that was killed: a valid `NAME.RUN.partial.json`, nothing, or deletion.",
    },
  },
  additionalProperties: false,
} as const;

/** The params of FileStore. */
export type FileStoreParams = ParamsOf<typeof params>;

/**
 * Writes records to one file per `com.origin_worker`. `write` acknowledges what is in a temporary file, `flush` makes it durable,
 * `done` publishes the files in one step each.
 */
const filestore: StorePlugin<typeof params> = defineStore({
  name: "filestore",
  className: "FileStore",
  apiVersion: 1,
  params,
  supports: { idempotent: false, ordered: true, durable: true },
  batch: { records: 1000, bytes: 1_000_000 },

  validate({ write_mode, format }) {
    if (write_mode !== "append" || format !== "json") return [];
    const message = "`write_mode: append` needs `format: ndjson`: a JSON array cannot be added to.";
    return [{ path: ["write_mode"], message }];
  },

  async explain(batch, given, context) {
    const folder = context.resolvePath("path", given.path);
    const { extension, open, between, after, close } = FORMATS[given.format];
    const codec = await loadCodec(given.compress);
    return Array.from(Map.groupBy(batch, workerOf), ([worker, records]) => ({
      method: given.write_mode,
      url: join(folder, encodeName(worker) + extension + (codec?.extension ?? "")),
      body: open + records.map(({ json }) => json + after).join(between) + close,
      records: records.length,
    }));
  },

  async open(given, context) {
    const folder = context.resolvePath("path", given.path);
    const token = randomBytes(6).toString("hex");
    const { audit, key, clock, logger } = context;
    const owner = await currentOwner();
    const control: Control = { audit, key, run: encodeRun(context.run), owner };
    const self = { folder, token, owner, clock, audit, key, nowMs: clock.now() };
    const { found, foldsCase } = await enter(folder, async () => {
      await mkdir(folder, { recursive: true, mode: folderMode(given.mode) });
      await writeControl(folder, token, control);
      await undoAppends(self, await readdir(folder));
      return {
        found: await findLeftovers(self, given.recover),
        foldsCase: await exists(join(folder, controlName(token).toUpperCase())),
      };
    });
    for (const note of found.notes) logger.warn(`${folder}: ${note}`);
    const format = FORMATS[given.format];
    const codec = await loadCodec(given.compress);
    const about = context.workers.map((worker) => encodeName(worker, { foldsCase }));
    const writer = new Writer({ folder, format, codec, run: control.run, token, foldsCase });
    const inTurn = makeQueue();
    let isDone = false;

    return {
      write(batch, { signal }) {
        return inTurn(() => writer.write(batch, signal));
      },

      flush() {
        return inTurn(() => writer.flush());
      },

      async done({ complete }) {
        isDone = true;
        const mode = given.mode === undefined ? undefined : Number.parseInt(given.mode, 8);
        const append = given.write_mode === "append";
        const run = { ...self, control, writer, mode, append, previous: found.previous, about, complete };
        const notes = await inTurn(() => publish(run));
        return { location: folder, notes: [...found.notes, ...notes] };
      },

      check() {
        return checkFolder(folder, token);
      },

      close() {
        return inTurn(async () => {
          const outputs = [...writer.outputs()];
          for (const output of outputs) await writer.files.close(output);
          if (!isDone && outputs.length === 0) await removeControl(folder, token);
        });
      },
    };
  },
});

export default filestore;

/** zlib is loaded when it is needed: it is dear at the start of a small run. */
async function loadCodec(compress: FileStoreParams["compress"]): Promise<Codec | undefined> {
  return compress === "none" ? undefined : (await import("./codec.ts")).CODECS[compress];
}

/** Who may read the files may enter the folder. */
function folderMode(mode = "0600"): number {
  const bits = Number.parseInt(mode, 8);
  return bits | 0o700 | ((bits & 0o444) >> 2);
}

/** Calls run one after another, also where the host gave up an earlier one that still hangs in the disk. */
function makeQueue(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const result = last.then(task);
    last = result.catch(() => undefined);
    return result;
  };
}

async function enter<T>(folder: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    throw toStoreError(error, `use ${folder}`);
  }
}

async function checkFolder(folder: string, token: string): Promise<CheckReport> {
  const probe = join(folder, `.cloudmarker.${token}.check`);
  try {
    await (await openFile(probe, "wx", 0o600)).close();
    await remove(probe);
    const { bavail, bsize } = await statfs(folder);
    return {
      ok: true,
      code: "ok",
      message: `${folder} can be written to; ${((bavail * bsize) / 2 ** 30).toFixed(1)} GiB are free.`,
    };
  } catch (error) {
    const { code, message } = toStoreError(error, `create a file in ${folder}`);
    return { ok: false, code, message };
  }
}
