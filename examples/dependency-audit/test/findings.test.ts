import { expect, test } from "vitest";
import { findingsOf } from "../src/findings.ts";
import type { InstalledPackage } from "../src/packages.ts";

const harmless: InstalledPackage = {
  manifest: {},
  name: "harmless",
  version: "1.0.0",
  license: "MIT",
  installScripts: {},
  engines: { node: ">=20" },
  commands: [],
  nativeBinaries: [],
  sizeBytes: 1000,
  fileCount: 3,
  integrity: "sha512-x",
};

test("a package with nothing unusual has no findings", () => {
  expect(findingsOf(harmless)).toEqual([]);
});

test.each([
  [
    "install_script",
    { installScripts: { postinstall: "node x.js" } },
    "Runs code while it is installed (postinstall: node x.js).",
  ],
  [
    "copyleft_license",
    { license: "(GPL-3.0-only OR Apache-2.0)" },
    "Its licence is (GPL-3.0-only OR Apache-2.0), which has conditions.",
  ],
  ["native_binary", { nativeBinaries: ["a.node", "b.node"] }, "Contains machine code: a.node and 1 more."],
  [
    "old_engine",
    { engines: { node: ">=0.10" } },
    "Made for Node >=0.10, of which versions before 20 get no security fixes.",
  ],
  ["very_large", { sizeBytes: 30 * 1024 * 1024 }, "Takes 30 MiB of disk."],
  ["deprecated", { deprecated: "use y" }, "Its authors gave it up: use y"],
])("%s is found", (id, difference, message) => {
  expect(findingsOf({ ...harmless, ...difference })).toEqual([expect.objectContaining({ id, message })]);
});

test("a package without licence and hash is found, the worst first", () => {
  const { license: _license, integrity: _integrity, ...bare } = harmless;
  expect(findingsOf(bare).map(({ id, severity }) => `${severity} ${id}`)).toEqual([
    "high no_integrity",
    "medium no_license",
  ]);
});
