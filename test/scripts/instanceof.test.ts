import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as core from "@cloudmarker/core";
import * as api from "@cloudmarker/store-api";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");

/**
 * Classes that a process may have several times: those of the language, once per realm, and those that our packages
 * export.
 */
const SHARED: ReadonlySet<string> = new Set(
  ["Array", "ArrayBuffer", "Buffer", "Date", "Map", "Object", "Promise", "RegExp", "Set", "Uint8Array"].concat(
    ["Error", "EvalError", "RangeError", "SyntaxError", "TypeError", "AggregateError", "DOMException"],
    ["Decimal128", "Long"],
    Object.keys({ ...core, ...api }).filter((name) => /^[A-Z]/.test(name)),
  ),
);

/** The one place that may ask, since it asks in other ways as well. */
const ALLOWED = ["packages/store-api/src/is-error.ts: Error"];

it("no source asks for the class of what may come from another copy of a package or another realm (L-25)", () => {
  const found = new Set<string>();
  for (const file of globSync("{packages,plugins}/*/src/**/*.ts", { cwd: root })) {
    // Comments may speak of it.
    const code = readFileSync(join(root, file), "utf8").replaceAll(/\/\*.*?\*\/|\/\/[^\n]*/gs, "");
    for (const [, name = ""] of code.matchAll(/\binstanceof\s+([\w.]+)/g))
      if (SHARED.has(name)) found.add(`${file}: ${name}`);
  }
  expect([...found]).toEqual(ALLOWED);
});
