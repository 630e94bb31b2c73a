/** Formats that are not supported: the first bytes, the name, and the command that unpacks them. */
const FORMATS: readonly (readonly [magic: string, name: string, unpack: string])[] = [
  ["\xfd7zXZ\0", "xz", "xz -dc"],
  ["BZh", "bzip2", "bzip2 -dc"],
  ["PK\x03\x04", "zip", "unzip -p"],
];

/** The format of bytes that are not JSON text, and what to do. */
export interface OtherFormat {
  readonly what: string;
  readonly advice: string;
}

/**
 * The format of packed data, if it is known.
 * @param start the first bytes, one character each
 */
export function packedFormat(start: string): OtherFormat | undefined {
  const found = FORMATS.find(([magic]) => start.startsWith(magic));
  if (found === undefined) return undefined;
  const [, name, unpack] = found;
  return {
    what: `${name} data, not JSON`,
    advice: `Unpack it first, for example with \`${unpack}\`. Only gzip and zstd are unpacked here.`,
  };
}

/** Where an archive of tar says that it is one. */
const TAR_MARK = 257;

/** The same for binary bytes: those that cannot begin a text, and zero bytes anywhere in its first line. */
export function binaryFormat(start: string): OtherFormat | undefined {
  if (start.startsWith("ustar", TAR_MARK)) {
    return { what: "a tar archive, not JSON", advice: "Unpack it first, for example with `tar -xO`." };
  }
  // oxlint-disable-next-line no-control-regex -- that is the point
  return /^[\x01-\x08\x0e-\x1f]|\0/.test(start)
    ? { what: "binary data, not JSON", advice: "Name the file that has the records as text." }
    : undefined;
}
