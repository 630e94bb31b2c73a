import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { testStore } from "@cloudmarker/store-testkit";
import plugin from "../src/index.ts";

testStore({
  test,
  plugin,
  module: fileURLToPath(new URL("../src/index.ts", import.meta.url)),
  params: ({ folder, namespace }) => ({ path: join(folder, "audit.db"), table: namespace }),
  read({ folder, namespace }) {
    const file = join(folder, "audit.db");
    // Nothing was written yet.
    if (!existsSync(file)) return [];
    const database = new DatabaseSync(file, { readOnly: true });
    try {
      if (!database.prepare("select 1 from sqlite_master where name = ?").get(namespace)) return [];
      const rows = database.prepare(`select id, record as json from ${namespace}`).all();
      return rows as { id: string; json: string }[];
    } finally {
      database.close();
    }
  },
  wrong: { address: { path: "/proc/no/such.db" } },
  keeps: { digits: true, duplicateKeys: true, depth: 200 },
});
