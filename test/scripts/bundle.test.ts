// What is published is joined into few files, since loading many small ones takes longer than writing a thousand
// records (L-85).
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..");

/** The code of a plugin as it is published. */
function built(plugin: string): string {
  const folder = join(root, "plugins", plugin, "lib");
  const files = globSync("*.js", { cwd: folder }).map((file) => readFileSync(join(folder, file), "utf8"));
  return files.join("\n");
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
