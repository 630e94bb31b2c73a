import { expect, test } from "vitest";
import { rewriteFailFast } from "../src/fail-fast.ts";

const plugins = { own: { plugin: "esstore", delivery: { concurrency: 1, fail_fast: false } }, plain: { plugin: "x" } };

test.each([true, false])("--fail-fast and its opposite hold for every store (%s)", (failFast) => {
  const rewrite = rewriteFailFast({ failFast, deadline: "5m" });
  expect(rewrite?.({ plugins, delivery: { timeout: "1s", fail_fast: "auto" } })).toEqual({
    plugins: { own: { plugin: "esstore", delivery: { concurrency: 1, fail_fast: failFast } }, plain: plugins.plain },
    delivery: { timeout: "1s", fail_fast: failFast },
  });
});

test("--deadline alone has stores waited for, unless the configuration says otherwise", () => {
  const rewrite = rewriteFailFast({ deadline: "5m" });
  expect(rewrite?.({ plugins })).toEqual({ plugins, delivery: { fail_fast: false } });
  const said = { plugins, delivery: { fail_fast: true } };
  expect(rewrite?.(said)).toEqual(said);
});

test("what is wrong with delivery is left to the host, and nothing is changed without an option", () => {
  expect(rewriteFailFast({ failFast: true })?.({ delivery: 5 })).toEqual({ delivery: 5 });
  expect(rewriteFailFast({})).toBeUndefined();
});
