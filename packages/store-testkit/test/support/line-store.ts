// A good store on a disk: `write` collects, `flush` and `done` append to a file, one after the other.
import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { defineStore } from "@cloudmarker/store-api";

const SUPPORTS = { ordered: true, idempotent: false };

export default defineStore({
  name: "linestore",
  apiVersion: 1,
  params: {
    type: "object",
    properties: { folder: { type: "string", description: "Folder of the file." } },
    required: ["folder"],
  },
  supports: SUPPORTS,
  batch: { records: 50 },
  open({ folder }) {
    const file = join(folder, "lines.ndjson");
    const lines: string[] = [];
    let last: Promise<void> = Promise.resolve();
    const append = (): Promise<void> => (last = last.then(appendAll));
    const appendAll = async (): Promise<void> => {
      const text = lines
        .splice(0)
        .map((line) => `${line}\n`)
        .join("");
      if (text !== "") await appendFile(file, text);
    };
    return {
      write(batch) {
        for (const { json } of batch) lines.push(json);
      },
      flush: () => append(),
      async done() {
        await append();
        return { location: file };
      },
    };
  },
});
