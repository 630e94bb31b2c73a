import { readFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { testStore } from "@cloudmarker/store-testkit";
import plugin from "../src/index.ts";

testStore({
  test,
  plugin,
  module: fileURLToPath(new URL("../src/index.ts", import.meta.url)),
  params: ({ folder }) => ({ path: join(folder, "audit.ndjson") }),
  async read({ folder }) {
    const text = await readFile(join(folder, "audit.ndjson"), "utf8").catch(() => "");
    return text.split("\n").flatMap((json) => (json === "" ? [] : [{ json }]));
  },
  wrong: { address: { path: "/proc/no/such.ndjson" } },
  keeps: { digits: true, duplicateKeys: true, depth: 200 },
});
