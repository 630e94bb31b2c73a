// What is published is joined into few files, since loading many small ones takes longer than writing a thousand
// records (L-85).
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..");

/** The code of a plugin as it is published. */
function built(plugin: string): string {
  return builtIn(join("plugins", plugin));
}

function builtIn(place: string): string {
  const folder = join(root, place, "lib");
  const files = globSync("*.js", { cwd: folder }).map((file) => readFileSync(join(folder, file), "utf8"));
  return files.join("\n");
}

/** The files beside it that a file imports; those that it imports later say so. */
function importsIn(place: string, file: string): string[] {
  const code = readFileSync(join(root, place, "lib", file), "utf8");
  const imports = code.matchAll(/^(?:import|export) .* from "\.\/([^"]+)";$|\bimport\("\.\/([^"]+)"\)/gmu);
  return Array.from(imports, ([, now, later]) => now ?? `later ${later}`);
}

test.each([
  ["filestore", []],
  ["esstore", ["@elastic/transport 9.", "undici 7."]],
  ["splunkhecstore", ["undici 7."]],
])(
  "%s asks for nothing but the contract and the kit, and the licences of what is joined with it are beside it",
  (plugin, joined) => {
    const imported = built(plugin).matchAll(/^import .* from "([^"]+)";$/gmu);
    const others = Array.from(imported, ([, name = ""]) => name).filter((name) => !name.startsWith("./"));
    expect(others.filter((name) => !/^@cloudmarker\/store-(?:api|kit)(?:\/|$)/u.test(name))).toEqual([]);
    const licences = globSync("LICENCES.txt", { cwd: join(root, "plugins", plugin, "lib") });
    const text = licences.map((file) => readFileSync(join(root, "plugins", plugin, "lib", file), "utf8")).join("");
    for (const name of joined) expect(text).toContain(name);
  },
);

test.each(["esstore", "splunkhecstore"])(
  "%s does not need to know where its code is, since bundlers move it",
  (plugin) => {
    expect(built(plugin)).not.toMatch(/import\.meta|createRequire/u);
  },
);

test("of undici there is what makes connections, and not its fetch, mocks and caches", () => {
  expect(built("splunkhecstore")).not.toMatch(/mock-agent|memory-cache-store|eventsource|websocket\/websocket/u);
});

test("core has the hooks and the reader of YAML in its own files: dozens of small ones take a third of a start", () => {
  const code = builtIn("packages/core");
  expect(code).not.toMatch(/from "(?:tapable|yaml)"|import\("yaml"\)/u);
  const licences = readFileSync(join(root, "packages/core/lib/LICENCES.txt"), "utf8");
  for (const name of [/^tapable 2\./mu, /^yaml 2\./mu]) expect(licences).toMatch(name);
});

test("what is published is ASCII: V8 keeps any other text in twice the memory, and compiles it more slowly", () => {
  const files = globSync("{packages,plugins}/*/lib/*.js", { cwd: root });
  expect(files.filter((file) => /[^\0-\x7F]/u.test(readFileSync(join(root, file), "utf8")))).toEqual([]);
});

/** The same without the digests in their names. */
function namesOf(files: readonly string[]): readonly string[] {
  return files.map((file) => file.replace(/-.{8}\.js$/u, "")).toSorted();
}

test("a start of the command loads one file besides its entry and the version, whatever commands load later", () => {
  const [version = "", command = ""] = importsIn("packages/cli", "main.js");
  expect([version, command]).toEqual([expect.stringMatching(/^version-/u), expect.stringMatching(/^later command-/u)]);
  const own = importsIn("packages/cli", command.replace("later ", ""));
  expect(own.filter((file) => !file.startsWith("later "))).toEqual([version]);
  expect(namesOf(own)).toEqual(expect.arrayContaining(["later completion", "later help", "later init"]));
});

test("a start of a host loads one file of code; listed taps and mistakes load what they need (issues 15, 16)", () => {
  const imports = importsIn("packages/core", "index.js");
  const now = imports.filter((file) => !file.startsWith("later "));
  expect(now).toEqual([expect.stringMatching(/^rolldown-runtime-/u)]);
  const mistakes = ["later full-check", "later refuse", "later straighten", "later yaml-slips"];
  expect(namesOf(imports)).toEqual(expect.arrayContaining(["later listed-taps", ...mistakes]));
  expect(readFileSync(join(root, "packages/core/lib/index.js"), "utf8")).not.toContain("class TapTree");
});
