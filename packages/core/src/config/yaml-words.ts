import type { YAMLError } from "yaml";

/** The tags of YAML itself. They are not secrets. */
const KNOWN_TAG = /^tag:yaml\.org,2002:(binary|bool|float|int|map|merge|null|omap|pairs|seq|set|str|timestamp)$/;

/** Our own texts for errors of the parser whose message quotes the file: the quoted part may be a secret. */
const OWN_WORDS: Partial<Record<YAMLError["code"], string>> = {
  ALIAS_PROPS: "A text that begins with * must be in quotes",
  BAD_ALIAS: "A text that begins with & or * must be in quotes",
  BAD_COLLECTION_TYPE: "This tag does not go with what follows it; a text that begins with ! must be in quotes",
  BAD_DIRECTIVE: "A line that begins with % is a directive, and this one is not known",
  BAD_DQ_ESCAPE: 'This is not an escape sequence; in "…" write \\\\ for a backslash, or put the text in single quotes',
  BAD_PROP_ORDER: "This indicator stands at the wrong place; a text that begins with & or ! must be in quotes",
  BAD_SCALAR_START: "A text that begins with this character must be in quotes",
  TAG_RESOLVE_FAILED: "A text that begins with ! must be in quotes",
};

/** The parser's error without any quoted part of the file, which may be a secret. */
export function wordsOf({ code, message }: YAMLError): string {
  const own = OWN_WORDS[code];
  if (own !== undefined) return own;
  if (message.startsWith("Block scalar header")) return "A text that begins with | or > must be in quotes";
  // In this message the token follows as it is in the file.
  return code === "UNEXPECTED_TOKEN" ? message.replace(/\b: .*$/su, "") : message;
}

/** A tag for messages: a tag of YAML itself is shown by its name. */
export function tagWords(tag: string): string {
  const name = KNOWN_TAG.exec(tag)?.[1];
  return name === undefined ? "A tag (!…)" : `The tag !!${name}`;
}
