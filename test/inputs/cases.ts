import { CONTAINERS } from "./containers.ts";
import { FORMS, LINE_FORMS, randomObject } from "./documents.ts";
import { Random } from "./random.ts";

/** One input, and how it is handed to the reader. */
export interface Case {
  readonly what: string;
  readonly bytes: Buffer;
  /** Where the chunks end. */
  readonly cuts: readonly number[];
  /** Whether the reader knows the size. */
  readonly isSized: boolean;
  /** Bad lines are skipped. Only for input that is NDJSON but for its faults. */
  readonly skips: boolean;
  /** A path that leads somewhere or nowhere. The parts that it passes over are not checked. */
  readonly select?: string;
}

/**
 * How large an input is, at how many places it is cut off at most, how many bits are flipped, and how many other
 * changes are made.
 */
interface Scale {
  readonly objects: (random: Random) => number;
  readonly cuts: number;
  readonly flips: number;
  readonly changes: number;
}

const SMALL: Scale = { objects: (random) => random.below(5), cuts: 400, flips: 60, changes: 40 };
/** More than one piece or block of what unpacks gzip data. */
const LONG: Scale = { objects: (random) => 300 + random.below(300), cuts: 20, flips: 6, changes: 6 };
const HUGE: Scale = { objects: (random) => 3_000 + random.below(3_000), cuts: 6, flips: 3, changes: 3 };

const OPEN_ARRAY = 0x5b;

/** The cases of one input: as it is, cut off at every byte, with flipped bits, and changed otherwise. */
export function* casesOf(seed: number, number: number): Generator<Case> {
  const random = new Random(seed, number);
  const skips = number % 3 === 0;
  const scale = number % 50 === 49 ? LONG : number % 100 === 50 ? HUGE : SMALL;
  const formName = random.pick(Object.keys(skips ? LINE_FORMS : FORMS));
  const containerName = random.pick(Object.keys(CONTAINERS));
  const spaces = skips || random.once(2) ? ["", "", " "] : ["", "", " ", "\n", "\r\n  ", "\n\t"];
  const objects = Array.from({ length: scale.objects(random) }, () => randomObject(random, 3, spaces));
  const text = Buffer.from((FORMS[formName] ?? String)(random, objects));
  const whole = CONTAINERS[containerName]?.(random, text) ?? text;
  const name = `${formName}, ${containerName}, ${whole.length} bytes`;
  const selects = !skips && number % 5 === 1;
  const make = (what: string, bytes: Buffer): Case => {
    const select = selects ? { select: random.pick(["a", "com", "com.raw", "/{[/a", "n.0", "/日本/n"]) } : {};
    const cuts = cutsOf(random, bytes.length);
    return { what: `${name}: ${what}`, bytes, cuts, isSized: random.once(2), skips, ...select };
  };

  yield make("whole", whole);
  yield {
    ...make("whole, byte by byte", whole),
    cuts: Array.from({ length: Math.min(whole.length, 2_000) }, (_value, at) => at),
  };
  const step = Math.ceil(whole.length / scale.cuts) || 1;
  for (let end = random.below(step); end < whole.length; end += step)
    yield make(`cut at ${end}`, whole.subarray(0, end));
  const bits = whole.length * 8;
  for (let flip = 0; flip < Math.min(scale.flips, bits); flip++) {
    const bit = bits <= scale.flips ? flip : random.below(bits);
    const bytes = Buffer.from(whole);
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    yield make(`bit ${bit & 7} of byte ${bit >> 3} flipped`, bytes);
  }
  for (let change = 0; change < scale.changes; change++) {
    const [what, bytes] = changed(random, whole, skips);
    yield make(what, bytes);
  }
}

const PADDINGS: readonly Buffer[] = [
  ...'\0 \n\t\r{}[],:"x'.split("").map((char) => Buffer.from(char)),
  ...["\0\0", "\r\n", "{}", "[]", "[{}]", "null", "\uFEFF", "NaN", "INFO x\n", "{}\n"].map((text) => Buffer.from(text)),
  Buffer.alloc(511),
  Buffer.alloc(4096, " "),
  Buffer.from([0xff]),
  Buffer.from([0x1e]),
  Buffer.from('\x1e{"a":1}'),
  Buffer.from([0x28, 0xb5, 0x2f, 0xfd]),
  Buffer.from([0xc3]),
  Buffer.from([0xed, 0xa0, 0x80]),
  Buffer.from([0x1f, 0x8b]),
  Buffer.from([0x1f]),
];

/**
 * The bytes with something put in, left out, doubled or exchanged. Where lines are skipped, no line break is put
 * between two tokens.
 */
function changed(random: Random, bytes: Buffer, skips: boolean): [what: string, bytes: Buffer] {
  const at = random.below(bytes.length + 1);
  const end = Math.min(bytes.length, at + 1 + random.below(8));
  const [front, back] = [bytes.subarray(0, at), bytes.subarray(at)];
  // A line that is but a bracket begins a list of several lines.
  const padding = random.pick(skips ? PADDINGS.filter((some) => some.at(-1) !== OPEN_ARRAY) : PADDINGS);
  const kind = random.pick(["front", "back", "inside", "without", "twice", "other", "line"]);
  if (kind === "front") return [`behind ${show(padding)}`, Buffer.concat([padding, bytes])];
  if (kind === "back") return [`before ${show(padding)}`, Buffer.concat([bytes, padding])];
  if (kind === "without") return [`without ${at} to ${end}`, Buffer.concat([front, bytes.subarray(end)])];
  if (kind === "twice") return [`with ${at} to ${end} twice`, Buffer.concat([bytes.subarray(0, end), back])];
  if (kind === "line")
    return [`a line of its own at ${at}`, atLine(bytes, at, Buffer.concat([padding, Buffer.from("\n")]))];
  if (kind === "inside" && !(skips && padding.includes("\n"))) {
    return [`with ${show(padding)} at ${at}`, Buffer.concat([front, padding, back])];
  }
  const other = Buffer.from(bytes);
  const byte = random.below(256);
  if (other.length > 0 && !(skips && byte === 0x0a)) other[at % other.length] = byte;
  return [`with ${byte} at ${at % (other.length || 1)}`, other];
}

function atLine(bytes: Buffer, at: number, line: Buffer): Buffer {
  const start = bytes.lastIndexOf(0x0a, at) + 1;
  return Buffer.concat([bytes.subarray(0, start), line, bytes.subarray(start)]);
}

function show(bytes: Buffer): string {
  return JSON.stringify(bytes.toString("latin1").slice(0, 12));
}

function cutsOf(random: Random, length: number): number[] {
  const kind = random.below(4);
  if (kind === 0) return [];
  if (kind === 1) return [random.below(length + 1)];
  const size = 1 + random.below(kind === 2 ? 7 : 70);
  return Array.from({ length: Math.min(2_000, Math.floor(length / size)) }, (_value, index) => (index + 1) * size);
}
