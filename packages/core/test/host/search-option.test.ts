// An embedding tool has its users write files of its own name (L-50).
import { join } from "node:path";
import { expect, it } from "vitest";
import filestore from "@cloudmarker/filestore";
import { describeFiles } from "../../src/config/describe-files.ts";
import { createHost } from "../../src/host/create-host.ts";
import { folderWith } from "../config/harness.ts";

const ACME = "plugins: { mine: { plugin: filestore, params: { path: ./out } } }\naudits: { a: { stores: [mine] } }\n";

it("createHost({ search }) reads acme-audit.yaml and not cloudmarker.yaml, and logs the name of the file", async () => {
  const folder = folderWith({ "acme-audit.yaml": ACME, "cloudmarker.yaml": "state_dir: 5\n", ".git/x": "", "a/x": "" });
  const lines: string[] = [];
  const log = (message: string): void => void lines.push(message);
  const logger = { debug() {}, info: log, warn: log, error: log };
  const around = { cwd: join(folder, "a"), home: join(folder, "a"), env: {}, stateDir: join(folder, "state") };
  const host = createHost({ ...around, logger, plugins: { filestore }, search: { moduleName: "acme-audit" } });
  await host.write({ n: 1 });
  const receipt = await host.done();
  expect(receipt.ok).toBe(true);
  expect(receipt.stores[0]?.location).toBe(join(folder, "out"));
  expect((await host.inspect()).config.files).toEqual([join(folder, "acme-audit.yaml")]);
  expect(lines[0]).toBe(`Configuration: ${folder}/acme-audit.yaml`);
});

it("what the program does to the options afterwards changes nothing", async () => {
  const folder = folderWith({ "acme.yaml": ACME, "b.yaml": "state_dir: 5\n", ".git/x": "" });
  const searchPlaces = ["acme.yaml"];
  const search = { moduleName: "acme", searchPlaces };
  const host = createHost({ cwd: folder, home: folder, env: {}, plugins: { filestore }, search });
  search.moduleName = "other";
  searchPlaces[0] = "b.yaml";
  expect((await host.inspect()).config.files).toEqual([join(folder, "acme.yaml")]);
});

it.each([
  [["/a"], true, "Configuration: /a"],
  [["/l", "/b"], true, "Configuration: /l → /f, then /b; the later ones win"],
  [["/a", "/b"], false, "Configuration: /a, then /b; the later ones win"],
  [[], true, "Configuration: no file was found, so only the base configuration counts; the records go to x, y"],
  [[], false, "Configuration: no file is read, so only the base configuration counts; the records go to x, y"],
] as const)("one line for the files %j, searched %j", (files, isSearched, line) => {
  expect(describeFiles({ files, links: new Map([["/l", "/f"]]), isSearched }, ["x", "y", "x"])).toBe(line);
});
