import { isDeepStrictEqual } from "node:util";
import { createHost } from "@cloudmarker/core";
import { defineTap, type ParamsSchema, type TapHost, type TapPlugin } from "@cloudmarker/store-api";
import { memoryStore } from "./memory-store.ts";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestRunner } from "./test-store.ts";

/** A record that a tap gets, and what is to come of it. */
export interface TapExample {
  /** What the test is called. */
  readonly name: string;
  /** JSON text of the record that goes in. */
  readonly given: string;
  /** JSON text of `raw`, `ext` or `com` as it comes out; keys that are left out may be anything. `null`: it is filtered. */
  readonly expected: string | null;
}

/** Options of {@link testTap}. */
export interface TestTapOptions<S extends ParamsSchema = ParamsSchema> {
  /** What defines the tests. */
  readonly test: TestRunner;
  readonly tap: TapPlugin<S>;
  readonly params?: Readonly<Record<string, unknown>>;
  /** What the tap does to records. */
  readonly examples: readonly TapExample[];
}

/** What came through the host. */
interface Through {
  /** The texts that a store got. */
  readonly texts: readonly string[];
  readonly filtered: number;
  readonly rejected: number;
  readonly rejections: readonly string[];
}

/**
 * Defines tests for a tap: its examples, run in the real host; that what it leaves alone keeps its text (SC-43, SC-44);
 * that it changes no object of the program (SC-43); that a record is rejected if it throws (SC-42).
 */
export function testTap<const S extends ParamsSchema>(options: TestTapOptions<S>): void {
  const { test, params, examples } = options;
  const tap = options.tap as unknown as TapPlugin;
  test.describe(`tap: ${tap.name}`, () => {
    for (const { name, given, expected } of examples)
      test.it(name, async () => {
        const { texts, filtered, rejections } = await through(tap, params, given);
        if (rejections.length > 0) throw new Error(`the record was rejected: ${rejections[0]}`);
        if (expected === null) {
          if (filtered !== 1) throw new Error(`it should be filtered; it came out as ${texts[0]}`);
          return;
        }
        const came = JSON.parse(texts[0] ?? "null") as object | null;
        for (const [key, value] of Object.entries(JSON.parse(expected) as object)) {
          const found = (came as Readonly<Record<string, unknown>> | null)?.[key];
          if (!isDeepStrictEqual(found, value))
            throw new Error(`expected ${key}: ${JSON.stringify(value)}\ncame ${JSON.stringify(found)}`);
        }
      });
    test.it("SC-44 long numbers survive", async () => {
      const literal = "14517067005933136034.10";
      const { texts, filtered, rejections } = await through(tap, params, `{"raw":{"testkit":[${literal}]},"com":{}}`);
      if (filtered > 0) return;
      if (!texts[0]?.includes(literal))
        throw new Error(`a number of the record changed: ${texts[0] ?? rejections[0]}; use mapValues, or ask isRawJson`);
    });
    test.it("SC-43 the object of the program is left as it is", async () => {
      const given = examples.map((example) => JSON.parse(example.given) as unknown);
      const copy = structuredClone(given);
      await through(tap, params, ...given);
      if (!isDeepStrictEqual(given, copy)) throw new Error("the tap changed an object that the program passed");
    });
    test.it("SC-42 a record is rejected if the tap throws", async () => {
      const { texts, rejected } = await through(throwing(tap), params, ...examples.map(({ given }) => given));
      const isTapped = rejected > 0 || examples.length === 0;
      if (isTapped && texts.length > 0) throw new Error("a record came through although its tap threw");
    });
  });
}

/** The same tap, whose functions for records throw after they have done their work. */
function throwing(tap: TapPlugin): TapPlugin {
  return defineTap({
    ...tap,
    apply(host, params) {
      const record: TapHost["hooks"]["record"] = {
        ...host.hooks.record,
        tap: (name, work) =>
          host.hooks.record.tap(name, (value) => {
            work(value);
            throw new Error("the testkit makes it throw");
          }),
      };
      tap.apply({ ...host, hooks: { ...host.hooks, record } }, params);
    },
  }) as TapPlugin;
}

async function through(
  plugin: TapPlugin,
  params: Readonly<Record<string, unknown>> | undefined,
  ...records: readonly unknown[]
): Promise<Through> {
  const stateDir = mkdtempSync(join(tmpdir(), "store-testkit-"));
  try {
    const memory = memoryStore();
    const host = createHost({ stores: { memory }, taps: [{ plugin, params }], stateDir, delivery: { spool: false } });
    await host.write(records);
    const { filtered, rejected, rejections } = await host.done();
    return { texts: memory.records.map(({ json }) => json), filtered, rejected, rejections };
  } finally {
    rmSync(stateDir, { recursive: true, force: true });
  }
}
