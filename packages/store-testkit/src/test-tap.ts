import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { createHost } from "@cloudmarker/core";
import type { ParamsSchema, Receipt, TapPlugin } from "@cloudmarker/store-api";
import { schemaProblem } from "./checks/plugin.ts";
import { until } from "./lab.ts";
import { memoryStore } from "./memory-store.ts";
import { traces } from "./traces.ts";
import { asPlugin, listening } from "./watch.ts";
import { few } from "./words.ts";
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

/** Whatever an audited system returns. */
const SHAPES: readonly string[] = ["null", "1", '"text"', "[]", "[[{}]]", "{}", '{"a":null}'].map(
  (raw) => `{"raw":${raw},"com":{}}`,
);

/** What is ended takes a moment to be gone, in milliseconds. */
const QUIET_MS = 1000;

/**
 * Defines tests for a tap, which run it in the real host: each example; that its schema is a good one (SC-02); that it
 * only taps, and changes no object of the program, and not its params (SC-40, SC-43); that it takes records of any
 * shape (SC-42); that long numbers survive (SC-44); that it does the same to the same record again.
 */
export function testTap<const S extends ParamsSchema>(options: TestTapOptions<S>): void {
  const { test, params, examples } = options;
  const tap = options.tap as unknown as TapPlugin;
  const given = examples.map((example) => example.given);
  test.describe(`tap: ${tap.name}`, () => {
    const problem = schemaProblem(tap.params as ParamsSchema);
    // oxlint-disable-next-line typescript/require-await -- a test is asynchronous
    test.it("SC-02 `params` is a JSON Schema without a keyword that nothing knows", async () => {
      if (problem !== undefined) throw new Error(problem);
    });
    // With such a schema the host does not start.
    if (problem !== undefined) return;

    for (const example of examples)
      test.it(example.name, async () => judge(example.expected, await through(tap, params, [example.given])));

    test.it("SC-40 the tap does nothing but tap", async () => {
      const printed: string[] = [];
      const trace = traces();
      const print = (text: string): void => void printed.push(text);
      await listening(() => asPlugin(print, () => through(tap, params, [...given, ...SHAPES])));
      await until(() => trace.handles().length === 0, QUIET_MS);
      const left = [
        ...printed.map((text) => `printed ${JSON.stringify(text)}`),
        ...trace.handles(),
        ...trace.changes(),
      ];
      trace.stop();
      if (left.length > 0)
        throw new Error(`it left or did: ${few(left)}\n  to do: let \`apply\` tap hooks, and nothing else`);
    });

    test.it("SC-42 a record of any shape is taken", async () => {
      const { receipt } = await through(tap, params, SHAPES);
      if (receipt.rejected > 0)
        throw new Error(
          `${receipt.rejected} were rejected: ${receipt.rejections[0]}\n  to do: ask what \`raw\` is before you go into it`,
        );
    });

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
