// Two stores of a run that write to one target (L-08).
import { defineStore, type StorePlugin, type StoreTarget } from "@cloudmarker/store-api";
import { expect, it } from "vitest";
import { createHost, type HostOptions } from "../../src/index.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

type Answer = (params: { readonly to: string }) => unknown;

function pluginOf(target: Answer | undefined, name = "simple", idempotent = false): StorePlugin {
  return defineStore({
    name,
    apiVersion: 1,
    params: { type: "object", properties: { to: { type: "string", default: "here" } } },
    supports: { idempotent },
    open: () => ({ write: () => undefined }),
    ...(target && { target: (params: { readonly to?: string }) => target({ to: params.to ?? "" }) as StoreTarget }),
  }) as StorePlugin;
}

async function inspected(stores: HostOptions["stores"]) {
  const { problems, warnings } = await createHost({ stores: stores ?? {} }).inspect();
  return { problems: problems.map(({ code, message, path }) => [code, path.join("."), message]), warnings };
}

async function inspectedAudits(plugin: StorePlugin, audits: Record<string, readonly string[]>) {
  const config = {
    plugins: { a: { plugin, params: { to: "x" } }, b: { plugin, params: { to: "x" } } },
    audits: Object.fromEntries(Object.entries(audits).map(([name, stores]) => [name, { stores }])),
    run: Object.keys(audits),
  };
  const { problems, warnings } = await createHost({ config }).inspect();
  return { problems: problems.map(({ path, message }) => [path.join("."), message]), warnings };
}

const exclusive: Answer = ({ to }) => ({ name: `file ${to}`, exclusive: true, param: "to" });
const shared: Answer = ({ to }) => ({ name: `index ${to}` });
const cluster: Answer = ({ to }) => ({ name: "a cluster", keys: to.split(" ") });

it("refuses two stores with the same exclusive target, each with its place", async () => {
  const plugin = pluginOf(exclusive);
  const params = { to: "x" };
  expect(await inspected({ a: { plugin, params }, b: { plugin, params }, c: { plugin, params: { to: "y" } } })).toEqual(
    {
      problems: [
        [
          "same_target",
          "plugins.b.params.to",
          '"b" and "a" (plugins.a.params.to) both write to file x: what one writes, the other destroys. Give each a target of its own, with another to.',
        ],
      ],
      warnings: [],
    },
  );
});

it("refuses one with an exclusive target beside one with a shared target, and defaults count", async () => {
  let asked = 0;
  const plugin = pluginOf(({ to }) => ({ name: to, exclusive: (asked += 1) === 1 }));
  const { problems } = await inspected({ a: plugin, b: { plugin, params: { to: "here" } } });
  expect(problems).toEqual([
    [
      "same_target",
      "plugins.b",
      '"b" and "a" (plugins.a) both write to here: what one writes, the other destroys. Give each a target of its own.',
    ],
  ]);
});

it.each([
  [true, "each record is there once, and counts as a duplicate for one of them"],
  [false, "each record is there twice"],
])("warns of two that share a target in one audit, idempotent: %s", async (idempotent, effect) => {
  const plugin = pluginOf(shared, "simple", idempotent);
  expect(await inspected({ a: plugin, b: plugin })).toEqual({
    problems: [],
    warnings: [`"a" (plugins.a) and "b" (plugins.b) of audit default both write to index here: ${effect}.`],
  });
});

it("accepts two audits that share a target, since each has its own documents there", async () => {
  expect(await inspectedAudits(pluginOf(shared), { one: ["a"], two: ["a", "b"], three: ["b"] })).toEqual({
    problems: [],
    warnings: ['"a" (plugins.a) and "b" (plugins.b) of audit two both write to index x: each record is there twice.'],
  });
});

it("refuses a store with an exclusive target that two audits use", async () => {
  const plugin = pluginOf(exclusive);
  const consequence =
    "which writes to file x: what one writes, the other destroys. Give each a store of its own, with another to.";
  expect((await inspectedAudits(plugin, { one: ["a"], two: ["a"] })).problems).toEqual([
    ["audits.two.stores.0", `Audits "one" (audits.one.stores.0) and "two" both use the store "a", ${consequence}`],
  ]);
});

it("compares every key of a target, and only those of one plugin", async () => {
  const plugin = pluginOf(cluster);
  const { warnings } = await inspected({
    a: { plugin, params: { to: "one two" } },
    b: { plugin, params: { to: "three two" } },
    c: { plugin, params: { to: "four" } },
    d: { plugin: pluginOf(cluster, "other"), params: { to: "one" } },
  });
  expect(warnings).toEqual([
    '"a" (plugins.a) and "b" (plugins.b) of audit default both write to a cluster: each record is there twice.',
  ]);
});

it("does not ask a plugin with only one store in the run, nor one with wrong params", async () => {
  let asked = 0;
  const plugin = pluginOf(() => {
    asked += 1;
    return undefined;
  });
  await inspected({ a: plugin });
  const { problems } = await inspected({ a: { plugin, params: { to: 7 } }, b: { plugin, params: { to: [] } } });
  expect(problems).toHaveLength(2);
  expect(asked).toBe(0);
});

it.each<[string, Answer, string]>([
  [
    "throws",
    () => {
      throw new Error("no idea");
    },
    "simple: target() failed: no idea",
  ],
  ["returns a text", () => "here", 'target() returned "here" and must return { name: a text, keys: a list of texts'],
  [
    "returns no name",
    () => ({ keys: ["x"] }),
    "with name missing, keys a list, exclusive missing, param missing and must",
  ],
  [
    "returns keys that are not texts",
    () => ({ name: "x", keys: [1n] }),
    "simple: target() returned an object with name",
  ],
  ["returns exclusive: 1", () => ({ name: "x", exclusive: 1 }), "exclusive 1, param missing"],
  ["returns a param that is none", () => ({ name: "x", param: {} }), "param an object"],
  ["returns what breaks when it is read", () => new Proxy({}, { get: () => fails() }), "target() failed"],
])("is a problem of the plugin where that %s", async (_, answer, message) => {
  const plugin = pluginOf(answer);
  const { problems } = await inspected({ a: plugin, b: plugin });
  expect(problems).toEqual([
    ["PLUGIN_ANSWER_INVALID", "plugins.a.plugin", expect.stringContaining(message)],
    ["PLUGIN_ANSWER_INVALID", "plugins.b.plugin", expect.stringContaining(message)],
  ]);
});

it("is a problem of the plugin if the plugin does not answer", async () => {
  const clock = new VirtualClock();
  const plugin = pluginOf(() => new Promise(() => undefined));
  const { problems } = await clock.run(createHost({ stores: { a: plugin, b: plugin }, clock }).inspect());
  expect(problems.map(({ message }) => message)).toEqual([
    "simple: target() failed: no answer within 5000 ms",
    "simple: target() failed: no answer within 5000 ms",
  ]);
});

function fails(): never {
  throw new Error("a trap");
}
