/** Whether JSON text nests deeper than `most` levels. Fast for a text with fewer brackets than that. */
export function nestsDeeper(json: string, most: number): boolean {
  return json.length > 2 * most && count(json, "{", most) + count(json, "[", most) > most && deepest(json) > most;
}

/** Counts a character, up to a little more than `enough` times. */
function count(text: string, char: string, enough: number): number {
  let found = 0;
  for (let at = text.indexOf(char); at !== -1 && found <= enough; at = text.indexOf(char, at + 1)) found++;
  return found;
}

function deepest(json: string): number {
  let level = 0;
  let most = 0;
  for (let at = 0; at < json.length; at++) {
    const char = json[at];
    if (char === '"') at = endOfString(json, at);
    else if (char === "{" || char === "[") most = Math.max(most, ++level);
    else if (char === "}" || char === "]") level--;
  }
  return most;
}

/** @returns the position of the closing quote */
function endOfString(json: string, start: number): number {
  let at = start + 1;
  while (json[at] !== '"') at += json[at] === "\\" ? 2 : 1;
  return at;
}
