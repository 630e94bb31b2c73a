import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { createHost } from "@cloudmarker/core";
import type { ParamsSchema, Receipt, TapPlugin } from "@cloudmarker/store-api";
import { memoryStore } from "./memory-store.ts";
import type { TestRunner } from "./test-store.ts";

/** A record that a tap gets, and what is to come of it. */
export interface TapExample {
  /** What the test is called. */
  readonly name: string;
  /** JSON text of the record that goes in. */
  readonly given: string;
  /**
   * JSON text of an object: the `raw`, `ext` or `com` that come out, where a key that is left out may be anything. Or
   * what becomes of the record instead.
   */
  readonly expected: string | "filtered" | "rejected";
}

/** Options of {@link testTap}. */
export interface TestTapOptions<S extends ParamsSchema = ParamsSchema> {
  /** What defines the tests. */
  readonly test: TestRunner;
  /** What `defineTap` returned. */
  readonly tap: TapPlugin<S>;
  /** Its params in all tests. @default those of the schema */
  readonly params?: Readonly<Record<string, unknown>>;
  /** What the tap does to records. */
  readonly examples: readonly TapExample[];
}

/** What came through the host. */
interface Through {
  /** The texts that a store got. */
  readonly texts: readonly string[];
  readonly receipt: Receipt;
}

/** A number that a double does not hold, in a place that no tap looks for. */
const LITERAL = "14517067005933136034.10";

/**
 * Defines tests for a tap, which run it in the real host: each example; that long numbers survive (SC-44); that it
 * changes no object of the program, and not its params (SC-40, SC-43); that it does the same to the same record again.
 */
export function testTap<const S extends ParamsSchema>(options: TestTapOptions<S>): void {
  const { test, params, examples } = options;
  const tap = options.tap as unknown as TapPlugin;
  const given = examples.map((example) => example.given);
  test.describe(`tap: ${tap.name}`, () => {
    for (const example of examples)
      test.it(example.name, async () => judge(example.expected, await through(tap, params, [example.given])));

    test.it("SC-44 long numbers survive", async () => {
      const { texts, receipt } = await through(tap, params, [`{"raw":{"testkit":[${LITERAL}]},"com":{}}`]);
      const came = texts[0] ?? receipt.rejections[0];
      if (receipt.filtered === 0 && !came?.includes(`[${LITERAL}]`))
        throw new Error(`the number ${LITERAL} became: ${came}\n  to do: use mapValues, or ask isRawJson`);
    });

    test.it("SC-43 the objects of the program are left as they are", async () => {
      const objects = given.map((text) => JSON.parse(text) as unknown);
      const before = structuredClone(objects);
      await through(tap, params, objects);
      if (!isDeepStrictEqual(objects, before)) throw new Error("the tap changed an object that the program passed");
    });

    test.it("SC-40 the tap keeps nothing from one run to the next", async () => {
      const first = await through(tap, params, given);
      const second = await through(tap, params, given);
      if (!isDeepStrictEqual(first.texts, second.texts))
        throw new Error(
          "the same records came out in another way\n  to do: keep state in `apply`, and params as they are",
        );
    });
  });
}

function judge(expected: string, { texts, receipt }: Through): void {
  const [text] = texts;
  const { rejected, rejections, filtered } = receipt;
  const became = rejected > 0 ? `rejected: ${rejections[0]}` : filtered > 0 ? "filtered" : (text ?? "nothing");
  if (expected === "filtered" || expected === "rejected") {
    if (!became.startsWith(expected)) throw new Error(`expected: ${expected}\n  came: ${became}`);
    return;
  }
  const wanted = Object.entries(JSON.parse(expected) as object);
  const came = (text === undefined ? {} : JSON.parse(text)) as Readonly<Record<string, unknown>>;
  if (!wanted.every(([key, value]) => isDeepStrictEqual(came[key], value)))
    throw new Error(`expected: ${expected}\n  came: ${became}`);
}

async function through(
  plugin: TapPlugin,
  params: Readonly<Record<string, unknown>> | undefined,
  records: readonly unknown[],
): Promise<Through> {
  const stateDir = mkdtempSync(join(tmpdir(), "store-testkit-"));
  try {
    const memory = memoryStore();
    const taps = [{ plugin, params }];
    const host = createHost({ stores: { memory }, taps, stateDir, run: "testkit", delivery: { spool: false } });
    await host.write(records);
    const receipt = await host.done();
    return { texts: memory.records.map(({ json }) => json), receipt };
  } finally {
    rmSync(stateDir, { recursive: true, force: true });
  }
}
