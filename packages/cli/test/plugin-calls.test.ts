import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { PluginCalls } from "../src/plugin-calls.ts";

test("a call is under way until its promise settles, whatever class that is of (L-25)", async () => {
  const calls = new PluginCalls();
  const call = { plugin: "p", call: "write", store: "s" };
  const settle: (() => void)[] = [];
  const promises: PromiseLike<unknown>[] = [
    new Promise((resolve) => settle.push(() => resolve(undefined))),
    runInNewContext("(settle) => new Promise((resolve) => settle.push(resolve))")(settle) as Promise<unknown>,
  ];
  for (const [index, promise] of promises.entries()) {
    calls.around(call, () => promise);
    expect(calls.underWay).toEqual([call]);
    settle[index]?.();
    await promise;
    expect(calls.underWay).toEqual([]);
  }
  calls.around(call, () => "no promise");
  expect(calls.underWay).toEqual([]);
});
