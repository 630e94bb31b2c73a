import { join } from "node:path";
import { defineStore, type StorePlugin } from "@cloudmarker/store-api";
import { taskQueue } from "@cloudmarker/store-kit/tasks";
import { identifyPath } from "@cloudmarker/store-kit/disk";
import { checkFolder } from "./check.ts";
import { newToken, removeControl } from "./control.ts";
import { BLAMES } from "./disk-errors.ts";
import { diskTimeout } from "./disk-timeout.ts";
import { enterFolder } from "./enter-folder.ts";
import { firstFew } from "./first-few.ts";
import { extensionOf, FORMATS, loadCodec } from "./format.ts";
import { encodeName, encodeRun, workerOf } from "./names.ts";
import { openFilesLimit } from "./open-limit.ts";
import { currentOwner } from "./owner.ts";
import { params } from "./params.ts";
import { PRIVATE } from "./plain-file.ts";
import { publish } from "./publish.ts";
import { Recovery } from "./recovery.ts";
import { dropSuperseded } from "./superseded.ts";
import { validate } from "./validate.ts";
import { Writer } from "./writer.ts";

export type { FileStoreParams } from "./params.ts";

/**
 * Writes records to one file per `com.origin_worker`. `write` acknowledges what is in a temporary file, `flush` makes
 * it durable, `done` publishes each file in one step.
 */
const filestore: StorePlugin<typeof params> = defineStore({
  name: "filestore",
  className: "FileStore",
  apiVersion: 1,
  params,
  supports: { idempotent: false, ordered: true, durable: true },
  batch: { records: 2000, bytes: 2_000_000 },

  validate,
  blames: BLAMES,

  async target({ path, format, compress, write_mode }, { resolvePath }) {
    const folder = resolvePath("path", path);
    const files = `*${extensionOf(format, compress)}`;
    const keys = [`${await identifyPath(folder)} ${files}`];
    // With `append` the files hold the records of all stores; with `replace` the last store to finish wins.
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
    const { audit, key, clock, logger, workers, resumedStartMs } = context;
    const folder = context.resolvePath("path", given.path);
    const mode = given.mode === undefined ? undefined : Number.parseInt(given.mode, 8);
    const append = given.write_mode === "append";
    const run = encodeRun(context.run);
    const owner = await currentOwner();
    const isResumed = resumedStartMs !== undefined;
    // The time in a run id is no measure: it has no milliseconds, and a run that is repeated has that of the first
    // time.
    const control = { audit, key, run, startedMs: resumedStartMs ?? clock.now(), owner };
    const self = { folder, token: newToken(), owner, clock, audit, key };
    const { found, foldsCase } = await enterFolder(self, control, mode ?? PRIVATE);
    const warn = (note: string): void => logger.warn(`${folder}: ${note}`);
    // With a token of its own: its files must differ from those that this run writes, even if both have the same run
    // id.
    const recovery = new Recovery({
      self: { ...self, token: newToken() },
      control,
      found,
      policy: given.recover,
      warn,
    });
    const writer = new Writer({
      folder,
      format: FORMATS[given.format],
      codec: await loadCodec(extensionOf(given.format, given.compress)),
      run,
      token: self.token,
      foldsCase,
      openFiles: await openFilesLimit(),
    });
    const about = workers.map((worker) => encodeName(worker, { foldsCase }));
    const { isFirst, previous } = found;
    const publication = { ...self, control, writer, mode, append, isFirst, previous, about, isResumed };
    // The host may have given up a call that still hangs in the disk.
    const inTurn = taskQueue();
    const closing = new AbortController();
    let isDone = false;

    return {
      write(batch, { signal }) {
        recovery.start();
        return inTurn(() => writer.write(batch, signal));
      },
      flush: () => inTurn(() => writer.flush()),
      done({ complete, signal: deadline, progress = () => {} }) {
        isDone = true;
        const signal = deadline ? AbortSignal.any([deadline, closing.signal]) : closing.signal;
        const publishing = inTurn(async () => {
          const { files, notes, tick } = await publish({ ...publication, complete, signal, progress });
          const recovered = await recovery.finish(signal);
          const superseded = await dropSuperseded({ folder, run, append, files, recovered, signal, tick });
          const earlier = recovery.notes(superseded.removed);
          return { location: folder, notes: [...earlier, ...notes, ...firstFew(superseded.notes, "files")] };
        });
        return deadline ? Promise.race([publishing, diskTimeout(folder, deadline, clock)]) : publishing;
      },
      check: () => checkFolder(folder, self.token),
      close() {
        closing.abort();
        return inTurn(async () => {
          await recovery.stop();
          const outputs = [...writer.outputs()];
          for (const output of outputs) await writer.files.close(output);
          if (!isDone && outputs.length === 0) await removeControl(folder, self.token);
        });
      },
    };
  },
});

export default filestore;
