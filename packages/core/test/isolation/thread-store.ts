// A store that keeps what it is given in a file, and behaves as badly as a record tells it to.
import { appendFileSync, existsSync, writeFileSync } from "node:fs";
import { defineStore, StoreError } from "@cloudmarker/store-api";

const params = {
  type: "object",
  properties: { file: { type: "string" }, deny: { type: "boolean", default: false } },
  required: ["file"],
} as const;

export default defineStore({
  name: "actor",
  apiVersion: 1,
  params,
  supports: { idempotent: true },
  batch: { records: 4 },
  open({ file, deny }, { logger, resolvePath, env }) {
    if (deny) throw new StoreError("blocked", "denied", "it does not open");
    const path = resolvePath("file", file);
    logger.warn(`opened with ${env["THREAD_TEST"]}`);

    const isFirst = (act: string): boolean => {
      const mark = `${path}.${act}`;
      if (existsSync(mark)) return false;
      writeFileSync(mark, "");
      return true;
    };

    async function obey(act: string | undefined, signal: AbortSignal): Promise<void> {
      if (act === "die") process.exit(4);
      if (act === "take time" || act === "die late") await later(10);
      if (act === "die late") process.exit(4);
      if (act === "refuse") throw new StoreError("reject", "refused", "no such record");
      if (act === undefined || act === "take time" || !isFirst(act)) return;
      if (act === "exit") process.exit(3);
      if (act === "spin") for (;;);
      if (act === "throw behind") {
        // Not before the host has counted the answer.
        setInterval(() => existsSync(`${path}.counted`) && misbehave(), 1);
        return;
      }
      if (act === "throw") setImmediate(misbehave);
      signal.addEventListener("abort", () => writeFileSync(`${path}.aborted`, ""));
      await never();
    }

    return {
      async write(batch, { signal }) {
        for (const { value } of batch) await obey((value.raw as { act?: string }).act, signal);
        appendFileSync(path, batch.map(({ id, com, json }) => `${JSON.stringify({ id, com, json })}\n`).join(""));
      },
      flush: () => writeFileSync(`${path}.flushed`, ""),
      async done({ complete, signal, progress }) {
        if (existsSync(`${path}.publish slowly`)) {
          progress?.(1, 2);
          await new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve()));
          return { notes: ["it was told that its time is over"] };
        }
        return { location: path, notes: [`complete: ${complete}`] };
      },
      check() {
        appendFileSync(`${path}.checked`, "check\n");
        return { ok: true, code: "ok", message: "It is well." };
      },
      async close() {
        if (existsSync(`${path}.close slowly`)) {
          logger.warn("closing");
          while (!existsSync(`${path}.close now`)) await later(1);
        }
        writeFileSync(`${path}.closed`, "");
      },
    };
  },
});

function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}

function misbehave(): never {
  throw new Error("thrown from a timer");
}
