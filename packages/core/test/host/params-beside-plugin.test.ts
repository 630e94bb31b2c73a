// Params beside `plugin`, where the predecessor's tutorial puts them: messages and relative paths use their real place
// (L-50).
import { join } from "node:path";
import { expect, it } from "vitest";
import filestore from "@cloudmarker/filestore";
import { createHost } from "../../src/host/create-host.ts";
import { showConfig } from "../../src/host/shown-config.ts";
import { folderWith } from "../config/harness.ts";

const FIRST =
  "plugins:\n  a:\n    plugin: filestore\n    path: ./x\n    format: FORMAT\naudits: { n: { stores: [a] } }\n";
const SECOND = "plugins: { a: { params: { compress: none } } }\n";

function hostWith(folder: string) {
  const configFile = [join(folder, "one/c.yaml"), join(folder, "two/c.yaml")];
  return createHost({ configFile, plugins: { filestore }, cwd: folder, home: folder, env: {} });
}

it("a mistake in one is reported at its line", async () => {
  const folder = folderWith({ "one/c.yaml": FIRST.replace("FORMAT", "nope"), "two/c.yaml": SECOND });
  const { problems } = await hostWith(folder).inspect();
  const location = { file: join(folder, "one/c.yaml"), line: 5, column: 13 };
  expect(problems).toMatchObject([{ message: 'params.format is "nope". Known: json, ndjson.', location }]);
});

it("a relative path starts at the folder of its own file, even if another file has params", async () => {
  const folder = folderWith({ "one/c.yaml": FIRST.replace("FORMAT", "ndjson"), "two/c.yaml": SECOND });
  const host = hostWith(folder);
  const [check] = await host.check();
  expect(check?.message).toContain(join(folder, "one/x"));
  const inspection = await host.inspect();
  expect(inspection.config.originOf(["plugins", "a", "params", "path"])).toBe(join(folder, "one/c.yaml"));
  const { warnings } = await showConfig(inspection, { cwd: folder, home: folder });
  expect(warnings).toEqual([
    `plugins.a has params from ${folder}/two and ${folder}/one: a relative path in them starts there, and not in ${folder}/two.`,
  ]);
});

it("the same param under params takes precedence, such as a --param", async () => {
  const second = "plugins: { a: { params: { path: ./y } } }\n";
  const folder = folderWith({ "one/c.yaml": FIRST.replace("FORMAT", "json"), "two/c.yaml": second });
  const host = hostWith(folder);
  const inspection = await host.inspect();
  expect(inspection.problems).toEqual([]);
  expect(inspection.warnings).toContain("plugins.a.path is passed over, since plugins.a.params has path as well.");
  expect(inspection.stores[0]?.params["path"]).toBe("./y");
  const { config } = await showConfig(inspection, { cwd: folder, home: folder });
  expect(config["plugins"]).toMatchObject({ a: { params: { path: "./y", format: "json" } } });
  expect(Object.keys((config["plugins"] as Record<string, object>)["a"] ?? {})).not.toContain("path");
});
