// A good store of whole batches: each is a file, named by the records in it (SC-65).
import { createHash } from "node:crypto";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Batch, defineStore } from "@cloudmarker/store-api";

function nameOf(batch: Batch): string {
  return createHash("sha256")
    .update(batch.map(({ id }) => id).join())
    .digest("hex");
}

export default defineStore({
  name: "objectstore",
  apiVersion: 1,
  params: {
    type: "object",
    properties: { folder: { type: "string", description: "Folder of the files." } },
    required: ["folder"],
  },
  supports: { wholeBatches: true },
  open: ({ folder }) => ({
    async write(batch) {
      const path = join(folder, nameOf(batch));
      await writeFile(`${path}.part`, batch.map(({ json }) => `${json}\n`).join(""));
      await rename(`${path}.part`, `${path}.ndjson`);
    },
  }),
});
