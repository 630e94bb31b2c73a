// A store on a disk, which publishes at the end of the run and claims an order.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import filestore from "@cloudmarker/filestore";
import { expect, test } from "vitest";
import { checkStore } from "../src/index.ts";
import { failuresOf } from "./support/test-stores.ts";

test("FileStore passes every check that applies to it", { timeout: 240_000 }, async () => {
  const card = await checkStore({
    plugin: filestore,
    module: fileURLToPath(import.meta.resolve("@cloudmarker/filestore")),
    params: ({ folder }) => ({ path: folder, format: "ndjson" }),
    async read({ folder }) {
      const names = (await readdir(folder)).filter((name) => name.endsWith(".ndjson"));
      const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
      return texts.flatMap((text) => text.split("\n").flatMap((json) => (json === "" ? [] : [{ json }])));
    },
    wrong: { address: { path: "/proc/nowhere" } },
    visible: "done",
    keeps: { digits: true, duplicateKeys: true, depth: 1000 },
  });
  expect(failuresOf(card)).toEqual([]);
  const asked = card.checks.filter(({ result }) => result === "passed").map(({ key }) => key);
  expect(asked).toEqual(
    expect.arrayContaining([
      "there-at-the-end",
      "in-order",
      "keeps-digits",
      "wrong-address-check",
      "killed-acknowledged",
      "memory-level",
    ]),
  );
});
