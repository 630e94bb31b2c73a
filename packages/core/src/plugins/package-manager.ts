import { existsSync } from "node:fs";
import { join } from "node:path";

import { readPackageJson, upwards } from "./package-json.ts";

const INSTALL = { npm: "npm install", pnpm: "pnpm add", yarn: "yarn add", bun: "bun add" } as const;

/** A package manager whose commands we know. */
export type PackageManagerName = keyof typeof INSTALL;

/** The package manager of a project. */
export interface PackageManager {
  readonly name: PackageManagerName;
  /** The folder to run it in: the nearest one with a `package.json`, else the given folder. */
  readonly directory: string;
  /** Whether Yarn's Plug'n'Play is in use. Then there is no `node_modules` with plugins. */
  readonly plugAndPlay: boolean;
}

const LOCKFILES: readonly (readonly [string, PackageManagerName])[] = [
  ["pnpm-lock.yaml", "pnpm"],
  ["yarn.lock", "yarn"],
  ["bun.lock", "bun"],
  ["bun.lockb", "bun"],
  ["package-lock.json", "npm"],
  ["npm-shrinkwrap.json", "npm"],
];

/**
 * The package manager in use. The project (a lockfile or `packageManager`, nearest first) takes precedence over the
 * user agent: `npx cloudmarker` in a pnpm project has the user agent of npm.
 * @param userAgent `npm_config_user_agent`, such as `pnpm/11.2.0 npm/? node/v24.1.0 linux x64`
 */
export function findPackageManager(directory: string, userAgent?: string): PackageManager {
  const folders = [...upwards(directory)];
  const home = folders.find((folder) => existsSync(join(folder, "package.json"))) ?? directory;
  const named = folders.map(managerOf).find((name) => name !== undefined);
  return {
    name: named ?? nameIn(userAgent) ?? "npm",
    directory: home,
    plugAndPlay: folders.some((folder) => existsSync(join(folder, ".pnp.cjs"))),
  };
}

/** `pnpm add cloudmarker-store-x`; without a package the command that installs what `package.json` lists. */
export function installCommand(manager: PackageManager, packageName?: string): string {
  return packageName === undefined ? `${manager.name} install` : `${INSTALL[manager.name]} ${packageName}`;
}

function managerOf(folder: string): PackageManagerName | undefined {
  return (
    nameIn(readPackageJson(folder)?.packageManager) ?? LOCKFILES.find(([file]) => existsSync(join(folder, file)))?.[1]
  );
}

/** The name that `pnpm@11.2.0` or `pnpm/11.2.0 …` begins with. */
function nameIn(text: string | undefined): PackageManagerName | undefined {
  const name = text?.split(/[@/]/, 1)[0];
  return name !== undefined && isManager(name) ? name : undefined;
}

function isManager(name: string): name is PackageManagerName {
  return Object.hasOwn(INSTALL, name);
}
