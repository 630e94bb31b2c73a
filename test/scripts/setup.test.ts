import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

// A workspace without packages, an `npx` that installs a Node and a compiler which do nothing but say that they ran,
// and a bundler that needs what the compiler leaves: the real ones need the network and minutes.
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "cloudmarker-setup-"));
  for (const folder of ["scripts", "packages", "plugins", "examples", "test", "bin"]) mkdirSync(join(root, folder));
  cpSync(join(import.meta.dirname, "../../scripts/setup.mjs"), join(root, "scripts/setup.mjs"));
  bundler('import { renameSync } from "node:fs"; renameSync("compiled" as string, "bundled");');
  for (const file of ["package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml"]) writeFileSync(join(root, file), "{}");
  npx(`mkdir -p node_modules/node/bin node_modules/typescript/bin
ln -sf "${process.execPath}" node_modules/node/bin/node
echo 'require("fs").writeFileSync("compiled", process.argv.slice(2).join(" "))' > node_modules/typescript/bin/tsc`);
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

test("the first run installs and builds, the second only builds", () => {
  expect(setup()).toMatchObject({ status: 0, steps: ["Installing packages (pnpm@12.21.0)", "Building", "Bundling"] });
  expect(setup()).toMatchObject({ status: 0, steps: ["Building", "Bundling"] });
});

test("what the compiler made of the workspace is bundled, every time", () => {
  for (let run = 0; run < 2; run += 1) {
    setup();
    expect(readFileSync(join(root, "bundled"), "utf8")).toBe("-b");
    rmSync(join(root, "bundled"));
  }
});

test("a changed lockfile or manifest is installed", () => {
  setup();
  writeFileSync(join(root, "pnpm-lock.yaml"), "changed: true");
  expect(setup().steps).toEqual(["Installing packages (pnpm@12.21.0)", "Building", "Bundling"]);
  mkdirSync(join(root, "plugins/new"));
  writeFileSync(join(root, "plugins/new/package.json"), "{}");
  expect(setup().steps).toEqual(["Installing packages (pnpm@12.21.0)", "Building", "Bundling"]);
  expect(setup().steps).toEqual(["Building", "Bundling"]);
});

test("the installation follows the lockfile and asks nothing", () => {
  npx(`echo "$CI $*" > asked; exit 1`);
  setup();
  expect(readFileSync(join(root, "asked"), "utf8")).toBe("true -y pnpm@12.21.0 install --frozen-lockfile\n");
});

test("a failed installation shows why, without npm's remarks, and is tried again", () => {
  npx(`echo 'npm warn Unknown user config "x".' >&2; echo "no network" >&2; exit 1`);
  const { status, stderr } = setup();
  expect(status).toBe(1);
  expect(stderr).toContain("no network");
  expect(stderr).toContain("setup: Installing packages (pnpm@12.21.0) failed; the lines above say why.");
  expect(stderr).not.toContain("Unknown user config");
  expect(setup().steps).toEqual(["Installing packages (pnpm@12.21.0)"]);
});

test("after a failed installation, going back to the old lockfile installs again", () => {
  setup();
  writeFileSync(join(root, "pnpm-lock.yaml"), "changed: true");
  npx("exit 1");
  setup();
  writeFileSync(join(root, "pnpm-lock.yaml"), "{}");
  expect(setup().steps).toEqual(["Installing packages (pnpm@12.21.0)"]);
});

test("a failed build shows what the compiler said", () => {
  setup();
  writeFileSync(join(root, "node_modules/typescript/bin/tsc"), 'console.log("src/x.ts(1,1): error"); process.exit(2)');
  const { status, stderr, steps } = setup();
  expect(status).toBe(1);
  expect(stderr).toContain("src/x.ts(1,1): error");
  expect(steps).toEqual(["Building"]);
});

test("a failed bundle shows what the bundler said", () => {
  bundler('throw new Error("cannot resolve ./x.js")');
  const { status, stderr } = setup();
  expect(status).toBe(1);
  expect(stderr).toContain("cannot resolve ./x.js");
  expect(stderr).toContain("setup: Bundling failed; the lines above say why.");
});

test("a Node that is too old gets one clear line", () => {
  const { status, stderr } = setup(
    "--import",
    "data:text/javascript,Object.defineProperty(process.versions,'node',{value:'16.20.2'})",
  );
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /^setup: Node v\S+ is too old: install Node 24 from https:\/\/nodejs\.org, then run this again\.\n$/,
  );
});

/** Puts an `npx` of these shell commands before the real one. */
function npx(commands: string): void {
  const path = join(root, "bin/npx");
  writeFileSync(path, `#!/bin/sh\n${commands}\n`);
  chmodSync(path, 0o755);
}

/** Puts this module in the place of scripts/bundle.ts. */
function bundler(source: string): void {
  writeFileSync(join(root, "scripts/bundle.ts"), source);
}

function setup(...nodeOptions: string[]): { status: number | null; stderr: string; steps: string[] } {
  const env = { ...process.env, PATH: `${join(root, "bin")}${delimiter}${process.env["PATH"]}` };
  const args = [...nodeOptions, join(root, "scripts/setup.mjs")];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", env });
  return { status, stderr, steps: [...stderr.matchAll(/^(.+) … /gm)].map((match) => match[1] ?? "") };
}
