import { isUtf8 } from "node:buffer";
import type { Document, LineCounter, Node, Pair, YAMLError, YAMLMap } from "yaml";
import type { ConfigProblem } from "../errors.ts";
import { Anchors, mapsOf, withMerged } from "./anchors.ts";
import { writeProblem, type ProblemText } from "./problems.ts";
import {
  type ConfigNode,
  emptyMap,
  type MapNode,
  type Marks,
  pathText,
  type Place,
  type Source,
  UNREAD,
} from "./tree.ts";
import type { ConfigPath } from "./types.ts";
import type { Yaml } from "./yaml.ts";
import { tagWords, wordsOf } from "./yaml-words.ts";

/** The content of a file, and its problems as YAML. */
export interface ParsedYaml {
  /** Empty if the file is not YAML. */
  readonly root: MapNode;
  readonly problems: readonly ConfigProblem[];
}

/**
 * The most problems of one file that are reported. After a broken line the parser complains about every following line.
 */
const MAX_SYNTAX_PROBLEMS = 10;

/**
 * Parses YAML 1.2 (and so JSON) and keeps positions. It accepts plain data only: tags are refused, so that they cannot
 * create objects. Anchors, aliases and the merge key `<<` of YAML 1.1 are accepted within bounds. A value that came
 * through an alias has the place of the anchor's value. A UTF-8 byte order mark is skipped.
 */
export async function parseYaml(bytes: Uint8Array, source: Source): Promise<ParsedYaml> {
  const encoding = encodingProblem(bytes);
  if (encoding) return { root: emptyMap(source), problems: [unreadable(encoding.kind, source, encoding.place)] };
  // Loading it takes as long as loading half of the host, so it is loaded only if there is a configuration file.
  const { yaml } = await import("./yaml.ts");
  return new YamlReader(yaml, new TextDecoder().decode(bytes), source).read();
}

class YamlReader {
  readonly #yaml: Yaml;
  readonly #text: string;
  readonly #source: Source;
  readonly #lines: LineCounter;
  readonly #problems: ConfigProblem[] = [];
  readonly #anchors = new Anchors();

  constructor(yaml: Yaml, text: string, source: Source) {
    this.#yaml = yaml;
    this.#text = text;
    this.#source = source;
    this.#lines = new yaml.LineCounter();
  }

  async read(): Promise<ParsedYaml> {
    const options = { version: "1.2", lineCounter: this.#lines, prettyErrors: false, uniqueKeys: false } as const;
    const document: Document = this.#yaml.parseDocument(this.#text, options);
    if (document.errors.length > 0) this.#syntax(document.errors, await import("./yaml-slips.ts"));
    const { contents } = document;
    if (this.#problems.length > 0) return this.#result(undefined);
    if (!contents || (this.#yaml.isScalar(contents) && contents.value === null)) {
      return this.#refuse(writeProblem("CONFIG_UNREADABLE", "empty", {}));
    }
    if (!this.#yaml.isMap(contents)) {
      const what = this.#yaml.isSeq(contents)
        ? "a list"
        : this.#yaml.isScalar(contents)
          ? "a single value"
          : "an alias";
      return this.#refuse(writeProblem("CONFIG_UNREADABLE", "noMap", { what }));
    }
    const node = this.#node(contents, [], undefined);
    return this.#result(node.kind === "map" ? node : undefined);
  }

  #refuse(text: ProblemText): ParsedYaml {
    this.#problems.push(this.#problem(text, { line: 1, column: 1 }, []));
    return this.#result(undefined);
  }

  #result(root: MapNode | undefined): ParsedYaml {
    return { root: root ?? emptyMap(this.#source), problems: this.#problems };
  }

  /** One problem per line. A problem about "the stream" only follows from an earlier one. */
  #syntax(errors: readonly YAMLError[], { slipOf, startOf }: typeof import("./yaml-slips.ts")): void {
    const seen = new Set<number>();
    for (const error of errors) {
      const slip = slipOf(error, this.#text);
      const place = this.#place(slip?.offset ?? startOf(error, this.#text));
      const isOpen = error.message.startsWith("Flow ");
      const follows = seen.size > 0 && (error.message.includes("in YAML stream") || isOpen || seen.has(place.line));
      if (follows || seen.size >= MAX_SYNTAX_PROBLEMS) continue;
      seen.add(place.line);
      this.#problems.push(this.#problem(slip?.problem ?? this.#explain(error, place), place, []));
      if (error.code === "RESOURCE_EXHAUSTION") return;
    }
  }

  #explain(error: YAMLError, place: Place): ProblemText {
    switch (error.code) {
      case "TAB_AS_INDENT":
        return writeProblem("CONFIG_UNREADABLE", "tab", {});
      case "MULTIPLE_DOCS":
        return writeProblem("CONFIG_UNREADABLE", "documents", {});
      case "RESOURCE_EXHAUSTION":
        return writeProblem("CONFIG_UNREADABLE", "deep", {});
      default: {
        const line = this.#text.split("\n", place.line)[place.line - 1] ?? "";
        const isQuoteMissing = /[{,[].*\$\{/.test(line);
        const language = this.#source.name.endsWith(".json") ? "JSON" : "YAML";
        return writeProblem("CONFIG_UNREADABLE", "syntax", { language, words: wordsOf(error), isQuoteMissing });
      }
    }
  }

  #node(node: Node | null, path: ConfigPath, key: Place | undefined): ConfigNode {
    const marks = { source: this.#source, ...(key && { key }), ...(node?.range && { at: this.#place(node.range[0]) }) };
    if (node === null) return { kind: "leaf", value: null, ...marks };
    if (this.#yaml.isAlias(node)) {
      const found = this.#anchors.resolve(node.source);
      if ("kind" in found) return { ...found, ...(key && { key }) };
      this.#report(found, path, node.range?.[0] ?? 0);
      return { kind: "leaf", value: UNREAD, ...marks };
    }
    const before = this.#problems.length;
    this.#plain(node, path);
    if (this.#problems.length > before && this.#yaml.isScalar(node)) return { kind: "leaf", value: UNREAD, ...marks };
    const { anchor } = node;
    if (anchor === undefined) return this.#value(node, path, marks);
    this.#anchors.begin(anchor);
    const value = this.#value(node, path, marks);
    this.#anchors.end(anchor, value);
    return value;
  }

  #value(node: Node, path: ConfigPath, marks: Marks): ConfigNode {
    if (this.#yaml.isMap(node)) return { kind: "map", entries: this.#entries(node, path), ...marks };
    if (this.#yaml.isSeq(node)) {
      const items = node.items.map((item, index) => this.#node(this.#asNode(item), [...path, index], undefined));
      return { kind: "list", items, ...marks };
    }
    if (!this.#yaml.isScalar(node)) return { kind: "leaf", value: null, ...marks };
    const { value, type, source, range } = node;
    if (type !== "PLAIN" || source === undefined) return { kind: "leaf", value, ...marks };
    // A comment of a person has a blank behind its #.
    const isCut = source !== "" && /^[ \t]+#[^\s#]/u.test(this.#text.slice(range?.[1] ?? 0, (range?.[1] ?? 0) + 1_000));
    return { kind: "leaf", value, text: source, ...(isCut && { isCut }), ...marks };
  }

  #entries(map: YAMLMap, path: ConfigPath): ReadonlyMap<string, ConfigNode> {
    const entries = new Map<string, ConfigNode>();
    const merged: MapNode[] = [];
    for (const pair of map.items) {
      const name = this.#keyOf(pair, path);
      if (name === undefined) continue;
      const { text, place } = name;
      if (text === "<<" && this.#yaml.isScalar(pair.key) && pair.key.type === "PLAIN") {
        merged.push(...this.#merged(this.#asNode(pair.value), path, place));
        continue;
      }
      const first = entries.get(text)?.key;
      if (first) {
        const at = [...path, text];
        const twice = writeProblem("duplicate_key", "key", { at: pathText(at), line: first.line });
        this.#problems.push(this.#problem(twice, place, at));
        continue;
      }
      entries.set(text, this.#node(this.#asNode(pair.value), [...path, text], place));
    }
    return withMerged(entries, merged);
  }

  #merged(node: Node | null, path: ConfigPath, place: Place): readonly MapNode[] {
    const before = this.#problems.length;
    const value = this.#node(node, [...path, "<<"], place);
    const maps = mapsOf(value);
    // A broken alias has been reported already.
    if (!maps && this.#problems.length === before)
      this.#report(writeProblem("merge_key", "value", {}), path, node?.range?.[0] ?? 0);
    return maps ?? [];
  }

  /** The text of a key. A number or a boolean is used as it is written. */
  #keyOf(pair: Pair, path: ConfigPath): { text: string; place: Place } | undefined {
    const key = this.#asNode(pair.key);
    const value = this.#asNode(pair.value);
    if (!this.#yaml.isScalar(key)) {
      const at = key?.range ? key : value;
      this.#report(writeProblem("key_type", "key", {}), path, at?.range?.[0] ?? 0);
      return undefined;
    }
    this.#plain(key, path);
    const text = typeof key.value === "string" ? key.value : (key.source ?? String(key.value));
    return { text, place: this.#place(key.range?.[0] ?? 0) };
  }

  #plain(node: Node & { anchor?: string | undefined }, path: ConfigPath): void {
    const { anchor, tag } = node;
    if (anchor !== undefined && this.#isEmpty(node)) {
      this.#report(writeProblem("CONFIG_UNREADABLE", "anchorValue", {}), path, this.#before(node, `&${anchor}`));
    }
    if (tag !== undefined) {
      const short = tag.replace(/^tag:yaml\.org,2002:/, "!!");
      this.#report(writeProblem("yaml_tag", "tag", { tag: tagWords(tag) }), path, this.#before(node, short));
    }
  }

  #isEmpty(node: Node): boolean {
    return this.#yaml.isScalar(node) && node.value === null && (node.source ?? "") === "";
  }

  /** Offset of a mark in front of a node; the parser does not keep it. */
  #before(node: Node, mark: string): number {
    const start = node.range?.[0] ?? 0;
    const found = this.#text.lastIndexOf(mark, start);
    return found < 0 ? start : found;
  }

  #report(text: ProblemText, path: ConfigPath, offset: number): void {
    this.#problems.push(this.#problem(text, this.#place(offset), path));
  }

  #problem(text: ProblemText, place: Place, path: ConfigPath): ConfigProblem {
    return { ...text, path, location: { file: this.#source.name, ...place } };
  }

  #asNode(value: unknown): Node | null {
    return this.#yaml.isNode(value) ? value : null;
  }

  #place(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }
}

type EncodingFault = "utf16" | "character" | "encoding";

/** What is wrong with the encoding, and where. */
function encodingProblem(bytes: Uint8Array): { kind: EncodingFault; place: Place } | undefined {
  const start = { line: 1, column: 1 };
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    return { kind: "utf16", place: start };
  }
  if (isUtf8(bytes)) return undefined;
  // No other character of UTF-8 contains the byte of a line feed, so each line can be checked alone.
  let line = 1;
  for (let from = 0; from < bytes.length; line++) {
    const end = bytes.indexOf(0x0a, from);
    const part = bytes.subarray(from, end < 0 ? bytes.length : end);
    if (!isUtf8(part)) {
      const column = new TextDecoder().decode(part).indexOf("\ufffd") + 1;
      return { kind: "character", place: { line, column } };
    }
    from = end < 0 ? bytes.length : end + 1;
  }
  return { kind: "encoding", place: start };
}

function unreadable(kind: EncodingFault, source: Source, place: Place): ConfigProblem {
  return { ...writeProblem("CONFIG_UNREADABLE", kind, {}), path: [], location: { file: source.name, ...place } };
}
