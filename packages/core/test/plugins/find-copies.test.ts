import { join } from "node:path";

import { defineTap } from "@cloudmarker/store-api";
import { expect, test } from "vitest";

import { findCopies } from "../../src/plugins/find-copies.ts";
import { loadPlugin } from "../../src/plugins/load-plugin.ts";
import { makeTree, storeSource } from "./fixtures.ts";

function project(version: string): string {
  return makeTree({
    "node_modules/cloudmarker-store-x/package.json": {
      name: "cloudmarker-store-x",
      version,
      type: "module",
      main: "index.js",
    },
    "node_modules/cloudmarker-store-x/index.js": `export default ${storeSource("x")};`,
    "node_modules/cloudmarker-store-x/more.js": `export default ${storeSource("more")};`,
  });
}

test("two copies of a package are reported with both versions and folders; two parts of one are not", async () => {
  const [one, two] = [project("1.0.0"), project("1.1.0")];
  const tap = defineTap({ name: "t", apiVersion: 1, params: { type: "object" }, apply() {} });
  const first = await loadPlugin({ ref: "x", directory: one });
  const again = await loadPlugin({ ref: "cloudmarker-store-x/more.js", directory: one });
  const other = await loadPlugin({ ref: "x", directory: two });
  const object = await loadPlugin({ ref: tap, directory: one });
  expect(findCopies([first, again, object, object])).toEqual([]);
  expect(findCopies([first, other, object])).toEqual([
    'Different copies of the plugin "cloudmarker-store-x" are loaded: ' +
      `cloudmarker-store-x@1.0.0 in ${join(one, "node_modules/cloudmarker-store-x")}, and ` +
      `cloudmarker-store-x@1.1.0 in ${join(two, "node_modules/cloudmarker-store-x")}. Install it in one place only.`,
  ]);
});
