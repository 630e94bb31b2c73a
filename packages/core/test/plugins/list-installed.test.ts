import { join } from "node:path";

import { expect, test } from "vitest";

import { listInstalled } from "../../src/plugins/list-installed.ts";
import { makeTree } from "./fixtures.ts";

test("packages that look like plugins, by name or keyword, from the dependency lists upwards", () => {
  const names = [
    "cloudmarker-store-a",
    "@acme/cloudmarker-tap",
    "@cloudmarker/filestore",
    "@cloudmarker/create-store",
    "lodash",
  ];
  const installed = Object.fromEntries(
    [...names, "cloudmarker-store-unlisted"].map((name) => [
      `node_modules/${name}/package.json`,
      { name, version: "1.0.0" },
    ]),
  );
  const root = makeTree({
    ...installed,
    "node_modules/by-keyword/package.json": { name: "by-keyword", version: "1.0.0", keywords: ["cloudmarker-tap"] },
    "package.json": {
      dependencies: Object.fromEntries(names.map((name) => [name, "1"])),
      devDependencies: { "cloudmarker-store-away": "1" },
    },
    "app/package.json": { optionalDependencies: { "by-keyword": "*", "cloudmarker-store-a": "2" } },
    "app/node_modules/cloudmarker-store-a/package.json": { name: "cloudmarker-store-a", version: "2.0.0" },
    "app/conf/x": "",
    "broken/package.json": "{",
  });
  expect(listInstalled(join(root, "app/conf"))).toEqual([
    { name: "@acme/cloudmarker-tap", version: "1.0.0", directory: join(root, "node_modules/@acme/cloudmarker-tap") },
    { name: "@cloudmarker/filestore", version: "1.0.0", directory: join(root, "node_modules/@cloudmarker/filestore") },
    { name: "by-keyword", version: "1.0.0", directory: join(root, "node_modules/by-keyword") },
    { name: "cloudmarker-store-a", version: "2.0.0", directory: join(root, "app/node_modules/cloudmarker-store-a") },
  ]);
  expect(listInstalled(join(root, "broken"))).toHaveLength(3);
});
