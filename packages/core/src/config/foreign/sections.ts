import { Values } from "./values.ts";

/** A part of a file under a head such as `[OUTPUT]` or `[sinks.search]`. */
export interface Section {
  readonly name: string;
  readonly values: Values;
}

/**
 * The sections of Fluent Bit's own format (`Key value`) and of TOML (`key = value`, for values of one line), where
 * `[sinks.search.auth]` is a part of `[sinks.search]`. What an output does not need is passed over.
 */
export function readSections(text: string): Section[] {
  const sections: { readonly name: string; readonly map: Record<string, unknown> }[] = [];
  let prefix = "";
  for (const line of text.split(/\r?\n/u)) {
    const head = /^\s*\[([^\][]+)\]\s*(?:#.*)?$/u.exec(line)?.[1]?.trim();
    if (head !== undefined) {
      const [first = "", second, ...more] = head.split(".");
      const name = second === undefined ? first : `${first}.${second}`;
      prefix = more.map((one) => `${one}.`).join("");
      if (sections.at(-1)?.name !== name || second === undefined) sections.push({ name, map: {} });
      continue;
    }
    const [, key, value] = /^([\w.]+)(?:\s*=\s*|\s+)(\S.*)$/u.exec(line.trim()) ?? [];
    const section = sections.at(-1);
    if (section && key !== undefined && value !== undefined) section.map[prefix + key] = valueOf(value);
  }
  return sections.map(({ name, map }) => ({ name, values: new Values(map) }));
}

/** A text in quotes, a list of these, or the words themselves. */
function valueOf(written: string): unknown {
  const texts = Array.from(written.matchAll(/"([^"]*)"|'([^']*)'/gu), ([, one, other]) => one ?? other ?? "");
  if (written.startsWith("[")) return texts;
  return /^["']/u.test(written) ? texts[0] : written;
}
