import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { createHost } from "../../src/index.ts";
import { loadPlugin } from "../../src/plugins/load-plugin.ts";
import { VirtualClock } from "../support/virtual-clock.ts";
import { makeTree, storeSource } from "./fixtures.ts";

const NEVER = `await new Promise(() => undefined);\nexport default ${storeSource("never")};`;

test("a plugin whose top-level await never settles does not load, and is named (L-01)", async () => {
  const directory = makeTree({ "never.mjs": NEVER });
  const clock = new VirtualClock();
  const calls: object[] = [];
  const loading = loadPlugin({
    ref: "./never.mjs",
    directory,
    clock,
    around: (call, work) => {
      calls.push(call);
      return work();
    },
  });
  await expect(clock.run(loading)).rejects.toMatchObject({
    code: "PLUGIN_LOAD_FAILED",
    message: 'Plugin "./never.mjs" did not finish loading within 30 s.',
    details:
      `Imported from ${join(directory, "never.mjs")}.\n` +
      "The plugin, or a module that it imports, waits at its top level for something that does not happen. Move slow work into open().",
  });
  expect(calls).toEqual([{ plugin: "./never.mjs", call: "import" }]);
  expect(clock.pending).toBe(0);
});

test("what its import throws later is not an unhandled rejection; the host names the place of the plugin", async () => {
  const directory = makeTree({
    "late.mjs": `await new Promise((resolve) => (globalThis.letGo = resolve));\nthrow new Error("late");`,
    "cloudmarker.yaml": "plugins: { slow: { plugin: ./late.mjs } }\naudits: { default: { stores: [slow] } }\n",
  });
  const clock = new VirtualClock();
  const inspecting = createHost({ configFile: join(directory, "cloudmarker.yaml"), clock }).inspect();
  // From then on it hangs; reading the configuration had time limits of its own.
  await vi.waitUntil(() => "letGo" in globalThis);
  const { problems } = await clock.run(inspecting);
  expect(problems).toMatchObject([{ code: "PLUGIN_LOAD_FAILED", location: { line: 1, column: 28 } }]);
  (globalThis as { letGo?: () => void }).letGo?.();
  await new Promise(setImmediate);
});

test("one that loads in time leaves no timer", async () => {
  const directory = makeTree({ "quick.mjs": `export default ${storeSource("quick")};` });
  const clock = new VirtualClock();
  expect((await loadPlugin({ ref: "./quick.mjs", directory, clock })).plugin.name).toBe("quick");
  expect(clock.pending).toBe(0);
});
