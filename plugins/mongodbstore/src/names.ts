/** Most bytes of `DATABASE.COLLECTION` since MongoDB 4.4. */
const NAMESPACE_BYTES = 255;

/** What is wrong with the name of a database, or undefined. */
export function databaseProblem(name: string): string | undefined {
  if (/[/\\. "$*<>:|?\0]/u.test(name)) return 'db must not have any of /\\. "$*<>:|? or NUL.';
  return Buffer.byteLength(name) > 63 ? "db must be at most 63 bytes long." : undefined;
}

/** What is wrong with the name of a collection, or undefined. */
export function collectionProblem(db: string, name: string): string | undefined {
  const quoted = JSON.stringify(name.length > 80 ? `${name.slice(0, 79)}…` : name);
  if (name === "" || name.startsWith(".") || name.endsWith("."))
    return `The collection ${quoted} must not be empty, or begin or end with a dot.`;
  if (name.includes("$") || name.includes("\0")) return `The collection ${quoted} must not have $ or NUL in its name.`;
  if (name.startsWith("system.")) return `The collection ${quoted} is the server's own.`;
  if (Buffer.byteLength(db) + 1 + Buffer.byteLength(name) > NAMESPACE_BYTES)
    return `The collection ${quoted} is too long: with the database ${NAMESPACE_BYTES} bytes are allowed.`;
  return undefined;
}
