/**
 * A path with its query, with `%XY` for every character that AWS wants encoded. AWS computes the signature from what it
 * received. If a `*` or a comma were sent as it is, both sides would have to agree on how often it is encoded (L-44).
 */
export function strictPath(path: string): string {
  const at = path.indexOf("?");
  if (at === -1) return encode(path);
  const pairs = Array.from(new URLSearchParams(path.slice(at)), (pair) => pair.map(strictly).join("="));
  return `${encode(path.slice(0, at))}?${pairs.join("&")}`;
}

/** What is not encoded yet. */
function encode(path: string): string {
  return path.replaceAll(/[^A-Za-z0-9\-._~/%]/gu, percent);
}

function strictly(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/gu, percent);
}

/** Of one character. */
function percent(char: string): string {
  const bytes = [...Buffer.from(char)];
  return bytes.map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
}
