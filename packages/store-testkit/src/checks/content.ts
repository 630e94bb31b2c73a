import { isDeepStrictEqual } from "node:util";
import { type Check, needs, Unasked, type Verdict } from "../check.ts";
import type { Facts, Lab } from "../lab.ts";
import { markOf } from "../marks.ts";
import type { Keeps } from "../options.ts";
import { parseLossless } from "../records.ts";

/** Content that back ends are known to change or to refuse. */
interface Content {
  readonly name: string;
  readonly what: string;
  /** JSON text. */
  readonly text: (keeps: Required<Keeps>) => string;
  /** Whether the store has to keep it as it is. @default always */
  readonly isKept?: (keeps: Required<Keeps>) => boolean;
}

const DEFAULTS: Required<Keeps> = {
  digits: false,
  nul: true,
  duplicateKeys: false,
  specialKeys: true,
  nestedArrays: true,
  depth: 50,
};

const CONTENTS: readonly Content[] = [
  {
    name: "digits",
    what: "numbers with more digits than a double has",
    text: () => "[14517067005933136034,-9223372036854775808,0.1234567890123456789012345]",
    isKept: ({ digits }) => digits,
  },
  { name: "numbers", what: "numbers that a double holds", text: () => "[0,-1,2147483648,1e21,5e-324,0.1]" },
  { name: "nul", what: "U+0000 in a text", text: () => String.raw`"a\u0000b"`, isKept: ({ nul }) => nul },
  { name: "surrogates", what: "half of a surrogate pair", text: () => String.raw`"a\ud83d"`, isKept: () => false },
  {
    name: "keys",
    what: "keys that mean something elsewhere",
    text: () => String.raw`{"__proto__":{"a":1},"constructor":2,"a.b":3,"$set":{"c":4},"":5," d ":6,"a/b":7}`,
    isKept: ({ specialKeys }) => specialKeys,
  },
  {
    name: "duplicate-keys",
    what: "a key that an object has twice",
    text: () => '{"a":1,"a":2}',
    isKept: ({ duplicateKeys }) => duplicateKeys,
  },
  {
    name: "texts",
    what: "texts of other languages, quotes and control characters",
    text: () => JSON.stringify("Ünïcödé 日本語 🦊 \u2028\u2029 '; \"-- \\ \u0001\t\r\n </script>"),
  },
  {
    name: "depth",
    what: "deep nesting",
    text: ({ depth }) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`,
  },
  {
    name: "nested-arrays",
    what: "arrays in arrays",
    text: () => "[[1,[2]],[]]",
    isKept: ({ nestedArrays }) => nestedArrays,
  },
  { name: "empty", what: "empty values", text: () => '{"a":null,"b":"","c":{},"d":[],"e":false,"f":0}' },
  { name: "length", what: "300 KB of text", text: () => JSON.stringify("x".repeat(300_000)) },
];

const GOOD = ["there-at-the-end", "two-at-a-time", "batch-unchanged"];

/** Of a store that does not refuse well, it is known what becomes of what it cannot keep. */
const REFUSES = ["poison-acknowledged", "poison-alone"];

/** What the store keeps of a record. */
export const CONTENT_CHECKS: readonly Check[] = [
  ...CONTENTS.map(({ name, what, isKept }, index): Check => ({
    key: `keeps-${name}`,
    clause: "SC-38",
    expected: `A record with ${what} is there as it was, or is rejected if the store does not keep that.`,
    fix: "Write `record.json` or all of `record.value`; say in `keeps` what the back end cannot hold, and reject that.",
    after: isKept ? [...GOOD, ...REFUSES] : GOOD,
    needs: needs("read"),
    judge: async (lab) => judge(await contents(lab), index, isKept?.(keepsOf(lab)) ?? true),
  })),
  {
    key: "oversized-alone",
    clause: "SC-16",
    expected: "A record that is larger than a batch is written, or rejected without its neighbours.",
    fix: "Send it alone, or throw `TooLargeError`.",
    after: [...GOOD, "keeps-length"],
    needs: needs("read"),
    judge: async (lab) => {
      const { lost, letters, sent, rows, watched } = await lab.once("oversized", () => oversized(lab));
      const [, large = ""] = sent;
      if (lost.length > 0) return `${lost.length} records were acknowledged and are not there`;
      if (letters.some(({ json }) => markOf(json) !== large)) return "a neighbour became a dead letter";
      const ids = new Set(rows.map(({ id }) => id));
      const byId = watched.attempts.flatMap(({ batch }) => batch.filter(({ id }) => ids.has(id)));
      const known = new Set([...rows, ...letters, ...byId].map(({ json }) => markOf(json)));
      return sent.every((mark) => known.has(mark)) ? undefined : "it was neither written nor rejected in time";
    },
  },
];

function keepsOf({ subject }: Lab): Required<Keeps> {
  return { ...DEFAULTS, ...subject.keeps };
}

/** Each in a batch of its own. */
function contents(lab: Lab): Promise<Facts> {
  return lab.once("contents", () =>
    lab.run({
      delivery: { batch: { records: 1 } },
      script: async ({ write }) => void (await write(CONTENTS.map(({ text }) => text(keepsOf(lab))))),
    }),
  );
}

function judge({ sent, rows, letters, watched, lost }: Facts, index: number, isKept: boolean): Verdict {
  const mark = sent[index] ?? "";
  const letter = letters.find(({ json }) => markOf(json) === mark);
  if (letter) return isKept ? `it was rejected: ${letter.code}, ${letter.reason}` : undefined;
  if (lost.some(({ json }) => markOf(json) === mark)) return "it was acknowledged and is not there";
  const row = rows.find(({ json }) => markOf(json) === mark);
  if (!row && !isKept && watched.attempts.length > 0)
    return new Unasked("the back end breaks off at it, and the host goes on trying");
  if (!row)
    return rows.every(({ json }) => json === undefined) ? new Unasked("`read` returns no json") : "it is not there";
  const attempts = watched.attempts.filter(({ batch }) => batch.some(({ json }) => markOf(json) === mark));
  const record = attempts[0]?.batch.find(({ json }) => markOf(json) === mark);
  // Each record is in a batch of its own: it said that this one is in a lesser form, which its documentation describes.
  const isDiverted = attempts.some(({ diverted }) => diverted > 0);
  if (!isKept || isDiverted || record === undefined) return undefined;
  const [came, was] = [row.json ?? "", record.json].map((text) => valueOf(parseLossless(text)));
  if (isDeepStrictEqual(came, was)) return undefined;
  return `it became ${(JSON.stringify(came) ?? "nothing").slice(0, 100)}`;
}

/** The value that the kit put into a record, also where a store keeps `raw` alone. */
function valueOf(record: unknown): unknown {
  const { raw = record } = record as { readonly raw?: unknown };
  return (raw as { readonly value?: unknown } | undefined)?.value;
}

function oversized(lab: Lab): Promise<Facts> {
  const bytes = Math.min(lab.plugin.batch?.bytes ?? 1_000_000, 16_000_000);
  const small = { finding: "open port" };
  return lab.run({ script: async ({ write }) => void (await write([small, { text: "x".repeat(bytes) }, small])) });
}
