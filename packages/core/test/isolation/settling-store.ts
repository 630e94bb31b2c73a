// A store that settles records of its first batch, and then ends the attempt as its params say.
import { appendFileSync, existsSync, writeFileSync } from "node:fs";
import { defineStore, type Outcome, reject, type Store, written } from "@cloudmarker/store-api";

const ACTS = ["throw", "hang", "answer", "answer, then settle", "exit"] as const;

const params = {
  type: "object",
  properties: {
    file: { type: "string" },
    act: { enum: ACTS },
    settles: {},
    flushes: { type: "boolean", default: false },
    token: { type: "string", writeOnly: true, default: "" },
  },
  required: ["file", "act"],
} as const;

export default defineStore({
  name: "settler",
  apiVersion: 1,
  params,
  open({ file, act, settles, flushes, token }, { resolvePath }): Store {
    const path = resolvePath("file", file);
    return {
      async write(batch, { settle, signal }) {
        appendFileSync(path, `${batch.map(({ value }) => (value.raw as { n: number }).n).join()}\n`);
        if (existsSync(`${path}.first`)) return undefined;
        writeFileSync(`${path}.first`, "");
        settle?.((settles as Outcome[] | undefined) ?? [written(0), reject(1, "refused", `not with ${token}`)]);
        if (act === "throw") throw new Error("It failed after that.");
        if (act === "exit") process.exit(3);
        if (act === "hang") {
          writeFileSync(`${path}.hangs`, "");
          await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
          settle?.([reject(2, "late", "after its time")]);
        }
        if (act === "answer, then settle") setImmediate(() => settle?.([reject(2, "late", "after the answer")]));
        return undefined;
      },
      ...(flushes && { flush: () => undefined }),
    };
  },
});
