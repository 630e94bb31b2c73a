import { join } from "node:path";

import { expect, test } from "vitest";

import { findPackageManager, installCommand } from "../../src/plugins/package-manager.ts";
import { makeTree } from "./fixtures.ts";

test.each([
  ["pnpm-lock.yaml", "pnpm add x"],
  ["yarn.lock", "yarn add x"],
  ["bun.lock", "bun add x"],
  ["bun.lockb", "bun add x"],
  ["package-lock.json", "npm install x"],
])("%s upwards of the folder means: %s", (lockfile, command) => {
  const root = makeTree({ [lockfile]: "", "app/package.json": {}, "app/conf/x": "" });
  const manager = findPackageManager(join(root, "app/conf"), "npm/11.0.0 node/v24.0.0 linux x64");
  expect(installCommand(manager, "x")).toBe(command);
  expect(manager.directory).toBe(join(root, "app"));
});

test("packageManager counts as a lockfile does; without both the user agent decides, else npm", () => {
  const root = makeTree({ "named/package.json": { packageManager: "yarn@4.1.0" }, "bare/x": "" });
  const bare = join(root, "bare");
  expect(findPackageManager(join(root, "named"), "pnpm/11.0.0").name).toBe("yarn");
  expect(findPackageManager(bare, "pnpm/11.0.0 npm/? node/v24.0.0")).toEqual({
    name: "pnpm",
    directory: bare,
    plugAndPlay: false,
  });
  expect(findPackageManager(bare, "something/1").name).toBe("npm");
  expect(findPackageManager(bare).name).toBe("npm");
});
