// The table of errors is what the docs and the support desk read: no row without use, no error without advice.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { errorOf } from "../src/errors/error-of.ts";
import { PROBLEMS, writeProblem } from "../src/config/problems.ts";
import { ERRORS } from "../src/errors/table.ts";
import { failureOf } from "../src/errors/write-error.ts";
import { ERROR_TABLE } from "../src/errors.ts";

const packages = join(import.meta.dirname, "../..");
const sources = globSync(["core/src/**/*.ts", "cli/src/**/*.ts"], { cwd: packages })
  .filter((path) => !/^core[\\/]src[\\/]errors[\\/]/.test(path))
  .map((path) => ({ path, text: readFileSync(join(packages, path), "utf8") }));
const code = sources.map(({ text }) => text).join("\n");

describe("the table of errors (layout 8)", () => {
  test.each(Object.keys(ERROR_TABLE))("%s is used in a source", (name) => {
    expect(code).toContain(`"${name}"`);
  });

  test.each(Object.entries(ERRORS).flatMap(([name, { texts }]) => Object.keys(texts).map((kind) => [name, kind])))(
    "%s: the text %s is used in a source",
    (_name, kind) => {
      expect(code).toContain(`"${kind}"`);
    },
  );

  test("sources of core write no text of an error themselves", () => {
    const writing = sources.filter(
      ({ path, text }) => path.startsWith("core") && text.includes("new CloudmarkerError("),
    );
    expect(writing.map(({ path }) => path)).toEqual([]);
  });

  test.each(Object.entries(ERROR_TABLE))(
    "%s says what it means and what to do, in sentences",
    (_name, { what, fix }) => {
      expect(what).toMatch(/^[A-Z].*[.]$/);
      expect(fix).toMatch(/^[A-Z`].*[.]$/);
    },
  );
});

describe("errorOf", () => {
  test("details have why and what to do; the cause, the store and the audit are kept", () => {
    const cause = new Error("no space");
    const facts = { key: "archive", plugin: "mine", cause };
    expect(errorOf("STORE_FLUSH_FAILED", "one", facts, { cause, store: "archive", audit: "nightly" })).toMatchObject({
      code: "STORE_FLUSH_FAILED",
      message: "archive (mine) did not flush: no space",
      details: ERROR_TABLE.STORE_FLUSH_FAILED.fix,
      cause,
      store: "archive",
      audit: "nightly",
      exit: 1,
    });
    const place = { ref: "./x.js", location: { file: "/c.yaml", line: 4, column: 13 }, path: "/x.js" };
    expect(errorOf("PLUGIN_NOT_FOUND", "noFile", { ...place, isFolder: false }).details).toBe(
      `Asked for at /c.yaml:4:13.\nTried /x.js.\nCorrect the path: a relative one begins at the folder of the configuration file.`,
    );
  });

  test("a kind that says more exactly what to do replaces the advice of the row", () => {
    const { details } = errorOf("DEAD_LETTER_FAILED", "notTaken", {});
    expect(details).toBe("A tap of host.hooks.deadLetter that keeps the dead letters returns true.");
  });
});

describe("the table of problems of a configuration", () => {
  const kinds = Object.entries(PROBLEMS).flatMap(([name, { texts }]) => Object.keys(texts).map((kind) => [name, kind]));

  test.each(kinds)("%s: the text %s is used in a source", (name, kind) => {
    const others = sources.filter(({ path }) => !/[\\/]problems(?:[\\/]\w+)?\.ts$/.test(path)).map(({ text }) => text);
    expect(others.some((text) => text.includes(`"${name}"`) && text.includes(`"${kind}"`))).toBe(true);
  });

  test.each(Object.entries(PROBLEMS))("%s has a sentence for the docs", (_name, { what }) => {
    expect(what).toMatch(/^[A-Z`].*[.]$/);
  });

  test("sources that read the configuration and options take every code from the table", () => {
    const readers = sources.filter(({ path }) => /^core[\\/]src[\\/](?:config|reader|host|check-options)/.test(path));
    const codes = readers.flatMap(({ text }) =>
      [...text.matchAll(/\bcode: "(\w+)", message\b/g)].map(([, name]) => name),
    );
    expect(codes.filter((name) => !Object.hasOwn(PROBLEMS, name ?? "") && name !== "close_failed")).toEqual([]);
  });

  test("a problem says what was probably meant, else what there is", () => {
    const facts = { where: "plugins.archive", key: "parms", value: {}, known: ["plugin", "params"] };
    expect(writeProblem("unknown_key", "key", { ...facts, meant: "params" })).toEqual({
      code: "unknown_key",
      message: 'plugins.archive has an unknown key "parms". Did you mean "params"?',
    });
    expect(writeProblem("unknown_key", "key", facts).message).toMatch(/Known: plugin, params\.$/);
  });
});

test("failureOf has the code and the message alone", () => {
  expect(failureOf("HOST_CLOSED", "write", {})).toEqual({
    code: "HOST_CLOSED",
    message: "The run is over: write() after done().",
  });
});
