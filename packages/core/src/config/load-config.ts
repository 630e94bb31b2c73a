import type { Clock } from "@cloudmarker/store-api";
import { isPlainObject } from "../realms.ts";
import { systemClock } from "../clock.ts";
import type { ConfigProblem } from "../errors.ts";
import { baseNames } from "./base-names.ts";
import { BASE_CONFIG } from "./base.ts";
import { type FoundFiles, readNamed, searchFiles } from "./find-files.ts";
import { foreignKeys, foreignWarnings } from "./foreign-keys.ts";
import { interpolate } from "./interpolate.ts";
import { translateLegacy, withLegacyBase } from "./legacy.ts";
import { mergeNodes } from "./merge.ts";
import { readConfig } from "./read-config.ts";
import type { SearchOptions } from "./search-places.ts";
import { isStraight } from "./is-straight.ts";
import { adopt, emptyMap, locationOf, type MapNode, nodeAt, nodeOf, nodesAlong, plainOf, type Source } from "./tree.ts";
import type { ConfigPath, LoadedConfig } from "./types.ts";

/** Where the configuration comes from. */
export interface LoadOptions {
  readonly cwd: string;
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Files to merge over the base configuration, `[]` for none. @default those that the search finds */
  readonly files?: readonly string[];
  /** Where files are looked for. */
  readonly search?: SearchOptions | undefined;
  /** Limits the time of reading. @default the real time */
  readonly clock?: Clock;
  /** A configuration to use in place of files. */
  readonly value?: Readonly<Record<string, unknown>>;
  /** Settings of the program, merged over the rest. */
  readonly over?: Readonly<Record<string, unknown>> | undefined;
  /** Rewrites the merged configuration before `${…}` is resolved. What it does not change keeps its place. */
  readonly transform?: (
    value: Record<string, unknown>,
  ) => Record<string, unknown> | void | Promise<Record<string, unknown> | void>;
}

/**
 * Reads, merges and interpolates the configuration. It does not throw if the configuration is wrong; it returns
 * `problems`.
 */
export async function loadConfig(options: LoadOptions): Promise<LoadedConfig> {
  const base: Source = { name: "base configuration", isFile: false, directory: options.cwd };
  const program: Source = { name: "the embedding program", isFile: false, directory: options.cwd };
  const { layers, files, links, warnings, problems } = await readLayers(options, program);
  let root = mapOf(BASE_CONFIG, base);
  const crooked: ConfigProblem[] = [];
  for (const layer of layers) {
    const straight = isStraight(layer) ? undefined : (await import("./straighten.ts")).straighten(layer);
    crooked.push(...(straight?.problems ?? []));
    root = mergeNodes(withLegacyBase(root, layer, base), straight?.root ?? layer);
  }
  root = runAll(root, base);
  // The root keeps its place: it is that of the last file.
  if (options.over) root = { ...root, entries: mergeNodes(root, mapOf(options.over, program)).entries };

  const rewritten = await options.transform?.(plain(root));
  if (isPlainObject(rewritten)) root = asMap(adopt(root, rewritten, program), root);
  const legacy = translateLegacy(root);
  const interpolated = interpolate(legacy.root, options);
  return new Loaded(interpolated.root, {
    cwd: options.cwd,
    program,
    files,
    links,
    isSearched: !options.files && !options.value,
    warnings: [...warnings, ...legacy.warnings],
    problems: [...problems, ...crooked, ...interpolated.problems],
    filled: interpolated.filled,
  });
}

class Loaded implements LoadedConfig {
  readonly value: LoadedConfig["value"];
  readonly plain: LoadedConfig["plain"];
  readonly files: readonly string[];
  readonly links: LoadedConfig["links"];
  readonly isSearched: boolean;
  readonly warnings: readonly string[];
  readonly problems: readonly ConfigProblem[];
  readonly filled: LoadedConfig["filled"];
  readonly #root: MapNode;
  readonly #cwd: string;
  readonly #program: Source;

  constructor(
    root: MapNode,
    rest: Pick<LoadedConfig, "files" | "links" | "isSearched" | "warnings" | "problems" | "filled"> & {
      readonly cwd: string;
      readonly program: Source;
    },
  ) {
    this.#root = root;
    this.#cwd = rest.cwd;
    this.#program = rest.program;
    this.files = rest.files;
    this.links = rest.links;
    this.isSearched = rest.isSearched;
    this.filled = rest.filled;
    this.plain = plain(root);
    const foreign = foreignKeys(this.plain, this.locate);
    this.warnings = [...rest.warnings, ...foreignWarnings(foreign, this.plain, this.locate), ...baseNames(this)];
    const { value, problems } = readConfig(this, rest.problems);
    this.value = value;
    this.problems = [...rest.problems, ...problems];
  }

  locate: LoadedConfig["locate"] = (given, at = "key") => {
    const path = this.#placeOf(given);
    const nodes = nodesAlong(this.#root, path);
    const node = nodes.at(-1);
    // A missing value is located at the key of its nearest parent.
    return node && locationOf(node, nodes.length > path.length ? at : "key");
  };

  originOf: LoadedConfig["originOf"] = (path) => nodesAlong(this.#root, this.#placeOf(path)).at(-1)?.source.name ?? "";

  directoryOf: LoadedConfig["directoryOf"] = (given) => {
    const path = this.#placeOf(given);
    const nodes = nodesAlong(this.#root, path);
    // A value that a command line or a program adds to a file is not relative to the folder of that file.
    if (nodes.length > path.length && nodes.at(-1)?.source === this.#program) return this.#cwd;
    // `esstore` of the base configuration is looked for beside the file that uses it.
    const inFile = nodes.findLast((node) => node.source.isFile);
    return inFile?.source.directory ?? this.#cwd;
  };

  writtenAs: LoadedConfig["writtenAs"] = (path) => {
    const node = nodeAt(this.#root, this.#placeOf(path));
    return node?.kind === "leaf" ? node.written : undefined;
  };

  textOf: LoadedConfig["textOf"] = (path) => {
    const node = nodeAt(this.#root, this.#placeOf(path));
    return node?.kind === "leaf" && node.written === undefined ? node.text : undefined;
  };

  isCut: LoadedConfig["isCut"] = (path) => {
    const node = nodeAt(this.#root, this.#placeOf(path));
    return node?.kind === "leaf" && node.isCut === true;
  };

  /** The path at which a value is written: a param may be written beside `plugin`. */
  #placeOf(path: ConfigPath): ConfigPath {
    const [top, key, section, name] = path;
    if (top !== "plugins" || section !== "params" || key === undefined || name === undefined) return path;
    const isBeside = !nodeAt(this.#root, path.slice(0, 4)) && !!nodeAt(this.#root, [top, key, name]);
    return isBeside && !["plugin", "params", "delivery"].includes(String(name)) ? path.toSpliced(2, 1) : path;
  }
}

/** The parts that are merged into the configuration. */
interface Layers extends Pick<FoundFiles, "warnings" | "problems"> {
  readonly layers: readonly MapNode[];
  readonly files: readonly string[];
  readonly links: LoadedConfig["links"];
}

async function readLayers(options: LoadOptions, program: Source): Promise<Layers> {
  const { cwd, home, clock = systemClock, files, search = {}, value } = options;
  if (value) return { layers: [mapOf(value, program)], files: [], links: new Map(), warnings: [], problems: [] };
  const around = { cwd, home, clock };
  const { found, warnings, problems } = await (files ? readNamed(files, around) : searchFiles(search, around));
  return {
    layers: found.map((file) => file.parsed.root),
    files: found.map((file) => file.path),
    links: new Map(found.flatMap(({ path, target }) => (target === undefined ? [] : [[path, target]]))),
    warnings,
    problems: [...problems, ...found.flatMap((file) => file.parsed.problems)],
  };
}

/** If audits are defined and `run` is not given, all of them run. */
function runAll(root: MapNode, base: Source): MapNode {
  const audits = root.entries.get("audits");
  if (root.entries.get("run")?.source !== base || audits?.kind !== "map") return root;
  const own = [...audits.entries].filter(([, audit]) => audit.source !== base).map(([name]) => name);
  if (own.length === 0) return root;
  return { ...root, entries: new Map(root.entries).set("run", nodeOf(own, audits.source)) };
}

function plain(root: MapNode): Record<string, unknown> {
  const value = plainOf(root);
  return isPlainObject(value) ? value : {};
}

function mapOf(value: Readonly<Record<string, unknown>>, source: Source): MapNode {
  return asMap(nodeOf(value, source), emptyMap(source));
}

function asMap(node: ReturnType<typeof nodeOf>, fallback: MapNode): MapNode {
  return node.kind === "map" ? node : fallback;
}
