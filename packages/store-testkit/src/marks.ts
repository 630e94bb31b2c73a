const MARK = /tkm[0-9a-z]+x\d+z/u;

/** The mark in the text of a record, or nothing. */
export function markOf(text: string | undefined): string | undefined {
  return MARK.exec(text ?? "")?.[0];
}

/** The mark of a record of a place. */
export function markAt(namespace: string, index: number): string {
  return `tkm${namespace}x${index}z`;
}

/** A record with a mark. Text stays text, since the number literals in it are the reason for it. */
export function withMark(raw: unknown, mark: string): unknown {
  if (typeof raw === "string") return `{"raw":{"mark":"${mark}","value":${raw}},"com":{"record_id":"${mark}"}}`;
  return { raw: { mark, ...(raw as object) }, com: { record_id: mark } };
}
