// The checks under Jest, whose tests are in a realm of their own.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Project } from "../support/project.ts";
import { runProgram } from "../support/run-program.ts";

const PROGRAM = `
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import filestore from "@cloudmarker/filestore";
import { testStore } from "@cloudmarker/store-testkit";

testStore({
  test: { describe, it },
  plugin: filestore,
  params: ({ folder }) => ({ path: folder, format: "ndjson" }),
  async read({ folder }) {
    const names = (await readdir(folder)).filter((name) => name.endsWith(".ndjson"));
    const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
    return texts.flatMap((text) => text.split("\\n").filter(Boolean).map((json) => ({ json })));
  },
  visible: "done",
  keeps: { digits: true, duplicateKeys: true, depth: 1000 },
});
`;

test("FileStore passes under Jest", async () => {
  using project = new Project();
  writeFileSync(join(project.path, "store.jest.mjs"), PROGRAM);
  writeFileSync(
    join(project.path, "jest.config.mjs"),
    'export default { testMatch: ["**/*.jest.mjs"], transform: {} };\n',
  );
  const jest = join(import.meta.dirname, "../node_modules/jest/bin/jest.js");
  const command = `"${process.execPath}" --experimental-vm-modules "${jest}" 2>&1`;
  const text = await runProgram(project.path, "/bin/sh", ["-c", command]);
  expect(text).toMatch(/Tests: +\d+ passed/u);
  const card = JSON.parse(readFileSync(join(project.path, "conformance.json"), "utf8")) as { ok: boolean };
  expect(card).toMatchObject({ plugin: "filestore", ok: true });
});
