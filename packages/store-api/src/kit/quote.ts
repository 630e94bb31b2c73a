const PLAIN = /^[\w-]*$/u;

/** A string as JSON. Made for ids, which mostly have nothing to escape: then it takes half the time of `JSON.stringify`. */
export function quote(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}
