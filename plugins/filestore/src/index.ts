import { join } from "node:path";
import { defineStore, RetryError } from "@cloudmarker/store-api";
import type { Clock, ParamsProblem, StorePlugin } from "@cloudmarker/store-api";
import { homeFolderProblem, identifyPath } from "@cloudmarker/store-kit/disk";
import { checkFolder } from "./check.ts";
import type { Codec } from "./codec.ts";
import type { Control } from "./control.ts";
import { controlName, removeControl, writeControl } from "./control.ts";
import { toStoreError } from "./disk-errors.ts";
import { enterFolder, exists, firstFew } from "./folder.ts";
import { extensionOf, FORMATS } from "./format.ts";
import { findLeftovers } from "./leftovers.ts";
import { encodeName, encodeRun, workerOf } from "./names.ts";
import { openFilesLimit } from "./open-limit.ts";
import { currentOwner } from "./owner.ts";
import type { FileStoreParams } from "./params.ts";
import { params } from "./params.ts";
import { publish } from "./publish.ts";
import { Recovery } from "./recovery.ts";
import { dropSuperseded } from "./superseded.ts";
import { Writer } from "./writer.ts";

export type { FileStoreParams } from "./params.ts";

/** Less than the host waits for a last word. */
const LAST_WORD_MS = 500;

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
  batch: { records: 2000, bytes: 2_000_000 },

  validate({ path, write_mode, format }) {
    const problems: ParamsProblem[] = [];
    const wrongPath = homeFolderProblem("path", path);
    if (wrongPath !== undefined) problems.push({ path: ["path"], message: wrongPath });
    const message = "`write_mode: append` needs `format: ndjson`: a JSON array cannot be added to.";
    if (write_mode === "append" && format === "json") problems.push({ path: ["write_mode"], message });
    return problems;
  },

  async target({ path, format, compress, write_mode }, { resolvePath }) {
    const folder = resolvePath("path", path);
    const files = `*${extensionOf(format, compress)}`;
    const keys = [`${await identifyPath(folder)} ${files}`];
    // Files that are added to have the records of all; of others the last to finish wins.
    return { name: join(folder, files), keys, exclusive: write_mode === "replace", param: "path" };
  },

  explain(batch, given, context) {
    const folder = context.resolvePath("path", given.path);
    const { open, between, after, close } = FORMATS[given.format];
    return Array.from(Map.groupBy(batch, workerOf), ([worker, records]) => ({
      method: given.write_mode,
      url: join(folder, encodeName(worker) + extensionOf(given.format, given.compress)),
      body: open + records.map(({ json }) => json + after).join(between) + close,
      records: records.length,
    }));
  },

  async open(given, context) {
    const folder = context.resolvePath("path", given.path);
    const token = newToken();
    const { audit, key, clock, logger } = context;
    const owner = await currentOwner();
    const control: Control = { audit, key, run: encodeRun(context.run), owner };
    const self = { folder, token, owner, clock, audit, key };
    const { found, foldsCase } = await enter(folder, async () => {
      await enterFolder(folder, given.mode);
      await writeControl(folder, token, control);
      return {
        found: await findLeftovers(self),
        foldsCase: await exists(join(folder, controlName(token).toUpperCase())),
      };
    });
    const recovery = new Recovery({
      self: { ...self, token: newToken() },
      control,
      found,
      policy: given.recover,
      warn: (note) => logger.warn(`${folder}: ${note}`),
    });
    const format = FORMATS[given.format];
    const codec = await loadCodec(given.compress);
    const about = context.workers.map((worker) => encodeName(worker, { foldsCase }));
    const openFiles = await openFilesLimit();
    const writer = new Writer({ folder, format, codec, run: control.run, token, foldsCase, openFiles });
    const inTurn = makeQueue();
    const closing = new AbortController();
    let isDone = false;

    return {
      write(batch, { signal }) {
        recovery.start();
        return inTurn(() => writer.write(batch, signal));
      },

      flush() {
        return inTurn(() => writer.flush());
      },

      done({ complete, signal: ending, progress = () => {} }) {
        isDone = true;
        const mode = given.mode === undefined ? undefined : Number.parseInt(given.mode, 8);
        const append = given.write_mode === "append";
        const signal = ending ? AbortSignal.any([ending, closing.signal]) : closing.signal;
        const { isFirst, previous } = found;
        const publishing = inTurn(async () => {
          const run = { ...self, control, writer, mode, append, isFirst, previous, about, complete, signal, progress };
          const { files, notes, tick } = await publish(run);
          const recovered = await recovery.finish(signal);
          const published = { folder, run: control.run, append, files, signal, tick };
          const superseded = await dropSuperseded(published);
          return { location: folder, notes: [...recovered, ...notes, ...firstFew(superseded)] };
        });
        return ending ? Promise.race([publishing, givenUp(folder, ending, clock)]) : publishing;
      },

      check() {
        return checkFolder(folder, token);
      },

      close() {
        closing.abort();
        return inTurn(async () => {
          await recovery.stop();
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

/** Tells owners of a folder apart. It is no secret, so `node:crypto` need not be loaded for it. */
function newToken(): string {
  return Math.floor(Math.random() * 2 ** 48)
    .toString(16)
    .padStart(12, "0");
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

/** Rejects once a call of the disk has not come back in a moment after the time was over: nobody can take it back. */
function givenUp(folder: string, ending: AbortSignal, clock: Clock): Promise<never> {
  return new Promise((_, reject) => {
    const giveUp = (): void => {
      const what = `The disk does not answer. What was written may lie in hidden files of ${folder}, which the next run recovers.`;
      clock.setTimeout(() => reject(new RetryError("no_answer", what)), LAST_WORD_MS);
    };
    if (ending.aborted) giveUp();
    else ending.addEventListener("abort", giveUp, { once: true });
  });
}

async function enter<T>(folder: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    throw toStoreError(error, `use ${folder}`);
  }
}
