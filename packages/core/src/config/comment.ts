/** A comment of JSON in YAML is a part of the next key, which would be left alone with it. */
export function isComment(key: string): boolean {
  return key.startsWith("//") || key.startsWith("/*");
}
