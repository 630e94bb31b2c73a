/** What an index must not have in its name (ES-08). */
const FORBIDDEN = /[\\/*?"<>|\s,#:]/u;

/** What is wrong with the name of an index, alias or data stream, or undefined (ES-08). */
export function indexNameProblem(name: string): string | undefined {
  const found = FORBIDDEN.exec(name)?.[0];
  if (found !== undefined) return `The index name "${name}" has "${found}" in it, which is not allowed.`;
  if (name === "." || name === "..") return `"${name}" is no index name.`;
  if (/^[-_+]/u.test(name)) return `The index name "${name}" begins with "${name[0]}", which is not allowed.`;
  if (name !== name.toLowerCase()) return `The index name "${name}" has capital letters, which is not allowed.`;
  if (Buffer.byteLength(name) > 255) return `The index name "${name.slice(0, 40)}…" is longer than 255 bytes.`;
  return undefined;
}
