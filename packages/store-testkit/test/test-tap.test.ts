import { defineTap, mapValues, type RecordValue, type TapPlugin } from "@cloudmarker/store-api";
import { afterEach, expect, test } from "vitest";
import { type TapExample, testTap } from "../src/index.ts";

const NO_PARAMS = { type: "object", properties: {} } as const;

/** A tap that does this to each record. */
function tapOf(record: (value: RecordValue) => RecordValue): TapPlugin {
  return defineTap({
    name: "redact",
    apiVersion: 1,
    params: NO_PARAMS,
    apply({ hooks }) {
      hooks.record.tap("redact", record);
    },
  }) as unknown as TapPlugin;
}

/** Every test that fails, by its name. */
async function failuresOf(tap: TapPlugin, examples: readonly TapExample[]): Promise<Readonly<Record<string, string>>> {
  const tests: (readonly [name: string, run: () => Promise<void>])[] = [];
  const runner = {
    describe: (_: string, define: () => void) => define(),
    it: (name: string, run: () => Promise<void>) => void tests.push([name, run]),
  };
  testTap({ test: runner, tap, examples });
  const failures: Record<string, string> = {};
  for (const [name, run] of tests) await run().catch((error: Error) => (failures[name] = error.message));
  return failures;
}

const EXAMPLES: readonly TapExample[] = [
  {
    name: "hides passwords",
    given: '{"raw":{"password":"p","n":1},"com":{}}',
    expected: '{"raw":{"password":"***","n":1}}',
  },
];

const hide = (value: unknown, key: unknown): unknown => (key === "password" ? "***" : value);

test("a good tap passes", async () => {
  const tap = tapOf((value) => ({
    ...value,
    raw: mapValues(value.raw, (part, path) => hide(part, path.at(-1))),
  }));
  expect(await failuresOf(tap, EXAMPLES)).toEqual({});
});

test("a tap that walks into long numbers, and cuts them as texts, is told so (SC-44)", async () => {
  const walk = (value: unknown, key?: string): unknown => {
    if (Array.isArray(value)) return value.map((part) => walk(part));
    if (typeof value === "string") return String(hide(value, key)).slice(0, 10);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, walk(part, name)]));
  };
  const failures = await failuresOf(
    tapOf((value) => ({ ...value, raw: walk(value.raw) })),
    EXAMPLES,
  );
  expect(Object.keys(failures)).toEqual(["SC-44 long numbers survive"]);
  expect(failures["SC-44 long numbers survive"]).toContain("use mapValues");
});

test("a tap that counts from run to run is told so (SC-40)", async () => {
  let runs = 0;
  const tap = tapOf((value) => ({ ...value, ext: { runs: ++runs } }));
  expect(Object.keys(await failuresOf(tap, []))).toEqual([]);
  const given = '{"raw":{"n":1},"com":{}}';
  expect(Object.keys(await failuresOf(tap, [{ name: "n", given, expected: '{"raw":{"n":1}}' }]))).toEqual([
    "SC-40 the tap keeps nothing from one run to the next",
  ]);
});

test("an example that comes out in another way is shown", async () => {
  const failures = await failuresOf(
    tapOf((value) => value),
    EXAMPLES,
  );
  expect(failures).toEqual({
    "hides passwords": expect.stringMatching(/expected: .*\*\*\*.*\n {2}came: .*"password":"p"/u),
  });
});

test("examples can expect that a record is filtered or rejected", async () => {
  const tap = defineTap({
    name: "strict",
    apiVersion: 1,
    params: NO_PARAMS,
    apply({ hooks }) {
      hooks.filter.tap("strict", ({ raw }) => (raw as { drop?: boolean } | null)?.drop !== true);
      hooks.record.tap("strict", ({ raw }) => {
        if ((raw as { bad?: boolean } | null)?.bad) throw new Error("bad");
      });
    },
  }) as unknown as TapPlugin;
  const examples: readonly TapExample[] = [
    { name: "filters", given: '{"raw":{"drop":true},"com":{}}', expected: "filtered" },
    { name: "rejects", given: '{"raw":{"bad":true},"com":{}}', expected: "rejected" },
    { name: "is not so", given: '{"raw":{},"com":{}}', expected: "rejected" },
  ];
  expect(Object.keys(await failuresOf(tap, examples))).toEqual(["is not so"]);
});

// Taps that are broken in one way, each caught by the clause that it breaks, and by no other.
const BROKEN: readonly { name: string; clause: string; apply: TapPlugin["apply"]; params?: object }[] = [
  {
    name: "prints",
    clause: "SC-40",
    apply: ({ hooks }) => hooks.record.tap("redact", ({ raw }) => void (raw === 1 && process.stdout.write("one\n"))),
  },
  {
    name: "leaves a timer",
    clause: "SC-40",
    apply: () => void timers.push(setInterval(() => undefined, 60_000)),
  },
  {
    name: "installs a handler of the process",
    clause: "SC-40",
    apply: () => void process.on("SIGUSR2", () => undefined),
  },
  {
    name: "makes a global",
    clause: "SC-40",
    apply: () => void Object.assign(globalThis, { [`tap${timers.push()}x${Math.random()}`]: 1 }),
  },
  {
    name: "goes into raw without asking",
    clause: "SC-42",
    apply: ({ hooks }) => hooks.record.tap("redact", ({ raw }) => void (raw as { a: string }).a),
  },
  {
    name: "cuts texts, and long numbers with them",
    clause: "SC-44",
    apply: ({ hooks }) =>
      hooks.record.tap("redact", (value) => ({
        ...value,
        raw: JSON.parse(JSON.stringify(value.raw).replaceAll(/(\d{5})\d+/gu, "$1")) as RecordValue["raw"],
      })),
  },
  { name: "misspells a keyword", clause: "SC-02", apply: () => undefined, params: { requird: ["a"] } },
];
const timers: NodeJS.Timeout[] = [];
afterEach(() => {
  for (const timer of timers.splice(0)) clearInterval(timer);
  process.removeAllListeners("SIGUSR2");
});

test.each(BROKEN.map((broken) => [broken.name, broken.clause, broken] as const))(
  "a tap that %s is caught by %s",
  async (_, clause, { apply, params }) => {
    const tap = { ...tapOf((value) => value), params: { ...NO_PARAMS, ...params }, apply } as TapPlugin;
    const failures = Object.keys(await failuresOf(tap, []));
    expect(failures.map((name) => name.split(" ")[0])).toEqual([clause]);
  },
);
