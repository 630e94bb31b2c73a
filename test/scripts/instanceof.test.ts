import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");

/**
 * Where `instanceof` is right: the class belongs to the very file or package that asks, and its objects come from nowhere else. Everything else
 * may come from another copy of a package or from another realm, which `instanceof` does not know (L-25).
 */
const OWN: readonly string[] = [
  "packages/cli/src/exit-codes.ts: UsageError",
  "packages/cli/src/render/error.ts: UsageError",
  "packages/cli/src/run.ts: CommanderError",
  "packages/core/src/held-input.ts: Entry",
  "packages/core/src/held-input.ts: JsonText",
  "packages/core/src/held-input.ts: Unfit",
  "packages/core/src/records/entry.ts: Entry",
  "packages/core/src/records/entry.ts: JsonText",
  // The quick way, in front of the one for every copy and realm.
  "packages/core/src/records/json-text.ts: JsonText",
  "packages/core/src/records/tapped.ts: CopiedNumberError",
  "packages/store-api/src/is-error.ts: Error",
  // A class of Node, of which there is one in a process.
  "packages/store-api/src/kit/agent.ts: TLSSocket",
];

it("no source asks for the class of what may come from another copy of a package or another realm (L-25)", () => {
  const found = new Set<string>();
  for (const file of globSync("{packages,plugins}/*/src/**/*.ts", { cwd: root })) {
    const text = readFileSync(join(root, file), "utf8");
    // Comments may speak of it.
    const code = text.replaceAll(/\/\*.*?\*\/|\/\/[^\n]*/gs, "");
    for (const [, name] of code.matchAll(/\binstanceof\s+([\w.]+)/g)) found.add(`${file}: ${name}`);
  }
  expect([...found].toSorted()).toEqual(OWN.toSorted());
});
