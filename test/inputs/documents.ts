import type { Random } from "./random.ts";

const WORDS = [
  "",
  "a",
  "n",
  "é",
  "日本",
  "😀",
  "\\u0000",
  "\\ud83d",
  "\\ud83d\\ude00",
  "\\\\",
  '\\"',
  "{[",
  "]},",
  "com",
  "raw",
  "ext",
  "__proto__",
  "\u2028",
  "\\/",
  " : ",
  "JJJJ",
  "***",
  "\u007f",
  "ÿ",
  "\uFEFF",
];
const NUMBERS = [
  "0",
  "-0",
  "1",
  "1.0",
  "1e2",
  "-9223372036854775808",
  "14517067005933136034",
  "0.1",
  "123456789.123456789",
  "1E400",
  "5e-324",
];

/** JSON text of a random object. */
export function randomObject(random: Random, depth: number, spaces: readonly string[]): string {
  const space = (): string => random.pick(spaces);
  const list = (most: number, item: () => string): string =>
    Array.from({ length: random.below(most) }, () => space() + item() + space()).join(",") || space();
  const string = (): string => `"${random.pick(WORDS)}${random.once(2) ? random.pick(WORDS) : ""}"`;
  const value = (left: number): string => {
    const kind = left === 0 ? 2 + random.below(3) : random.below(5);
    if (kind === 0) return object(left);
    if (kind === 1) return `[${list(3, () => value(left - 1))}]`;
    if (kind === 2) return string();
    return kind === 3 ? random.pick(NUMBERS) : random.pick(["true", "false", "null"]);
  };
  const object = (left: number): string => `{${list(4, () => `${string()}${space()}:${space()}${value(left - 1)}`)}}`;
  return object(depth);
}

/** One form that a series of objects can have in a file. */
export type Form = (random: Random, objects: readonly string[]) => string;

const join = (random: Random, texts: readonly string[], between: readonly string[]): string =>
  texts.map((text, index) => (index === 0 ? "" : random.pick(between)) + text).join("");

/** NDJSON: no object in it has a line break. */
export const LINE_FORMS: Readonly<Record<string, Form>> = {
  ndjson: (_random, objects) => objects.map((text) => `${text}\n`).join(""),
  "ndjson without the last line break": (_random, objects) => objects.join("\n"),
  "ndjson with CRLF": (_random, objects) => objects.map((text) => `${text}\r\n`).join(""),
  "ndjson with blank lines and spaces": (random, objects) =>
    objects
      .map((text) => random.pick(["", " ", "\t", "\n"]) + text + random.pick(["\n", " \n", "\n\n", "\r\n"]))
      .join(""),
  "ndjson with marks": (random, objects) =>
    `\uFEFF${objects.map((text) => `${text}\n${random.pick(["", "\uFEFF"])}`).join("")}`,
  "a sequence": (_random, objects) => objects.map((text) => `\x1e${text}\n`).join(""),
  "a sequence with odd breaks": (random, objects) =>
    random.pick(["", "\uFEFF"]) +
    objects.map((text) => random.pick(["\x1e", "\x1e\x1e", "\x1e "]) + text + random.pick(["", "\n", "\r\n"])).join(""),
  "several on a line": (random, objects) => join(random, objects, ["", " ", "\n"]),
};

/** Everything else that is read. */
export const FORMS: Readonly<Record<string, Form>> = {
  ...LINE_FORMS,
  array: (_random, objects) => `[${objects.join(",")}]`,
  "array of lines": (_random, objects) => `[\n${objects.join(",\n")}\n]\n`,
  "pretty array": (random, objects) =>
    `${random.pick(["", " \n", "\uFEFF"])}[${random.pick(["", "\n  "])}${join(random, objects, [",\n  ", " ,", ",\r\n\t"])}${random.pick(["", "\n"])}]`,
  "arrays and objects one after another": (random, objects) =>
    objects
      .map((text) => (random.once(2) ? `[${text}${random.once(2) ? `,${text}` : ""}]` : text) + random.pick(["", "\n"]))
      .join(""),
  "one object": (_random, objects) => objects[0] ?? "{}",
  "an empty array": () => " [ ] ",
  nothing: (random) => random.pick(["", " ", "\n\r\n", "\uFEFF"]),
};
