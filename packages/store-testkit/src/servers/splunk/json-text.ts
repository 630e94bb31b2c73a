/** A JSON object inside a longer text. */
export interface ObjectText {
  readonly value: Readonly<Record<string, unknown>>;
  /** The value of each member, exactly as it stands in the text. */
  readonly texts: ReadonlyMap<string, string>;
  /** Position behind the object. */
  readonly end: number;
}

const SPACE = /[ \t\r\n]*/y;
/** A number, `true`, `false` or `null`, or whatever stands there in their place. */
const LITERAL = /[^\s,:"{}[\]]+/y;
const [QUOTE, COMMA, BACKSLASH] = [0x22, 0x2c, 0x5c];
const [OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Position of the first character at or behind `at` that is not white space. */
export function skipSpace(text: string, at: number): number {
  SPACE.lastIndex = at;
  SPACE.test(text);
  return SPACE.lastIndex;
}

/** Reads the object that begins at `start`; undefined where none does, or where it is not valid JSON. */
export function readObject(text: string, start: number): ObjectText | undefined {
  if (text.charCodeAt(start) !== OPEN_BRACE) return undefined;
  try {
    const { texts, end } = readMembers(text, start);
    return { value: JSON.parse(text.slice(start, end)) as Record<string, unknown>, texts, end };
  } catch {
    return undefined;
  }
}

/** Where the text is unsound, so is what stands before `end`. */
function readMembers(text: string, start: number): Omit<ObjectText, "value"> {
  const texts = new Map<string, string>();
  let at = start;
  do {
    const keyStart = skipSpace(text, at + 1);
    if (text.charCodeAt(keyStart) === CLOSE_BRACE) return { texts, end: keyStart + 1 };
    const keyEnd = valueEnd(text, keyStart);
    const valueStart = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const end = valueEnd(text, valueStart);
    texts.set(JSON.parse(text.slice(keyStart, keyEnd)) as string, text.slice(valueStart, end));
    at = skipSpace(text, end);
  } while (text.charCodeAt(at) === COMMA);
  return { texts, end: at + 1 };
}

/** Position behind the value that begins at `start`; of the text where the value does not end. */
function valueEnd(text: string, start: number): number {
  const first = text.charCodeAt(start);
  if (first === QUOTE) return stringEnd(text, start);
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return nestedEnd(text, start);
  LITERAL.lastIndex = start;
  return LITERAL.test(text) ? LITERAL.lastIndex : text.length;
}

function nestedEnd(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === QUOTE) at = stringEnd(text, at) - 1;
    else if (character === OPEN_BRACE || character === OPEN_BRACKET) depth++;
    else if ((character === CLOSE_BRACE || character === CLOSE_BRACKET) && --depth === 0) return at + 1;
  }
  return text.length;
}

function stringEnd(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let before = at;
    while (text.charCodeAt(before - 1) === BACKSLASH) before--;
    // An even number of backslashes are escaped themselves.
    if ((at - before) % 2 === 0) return at + 1;
  }
  return text.length;
}
