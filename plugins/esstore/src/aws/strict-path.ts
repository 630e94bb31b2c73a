/**
 * A path with its query, with every character as `%XY` that AWS wants so. It computes the signature from what it received: of a `*` or a comma that is
 * sent as it is, the two sides would have to agree on how often it is encoded (L-44).
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
