import { pointerProblem } from "@cloudmarker/store-api";
import { pathProblem } from "@cloudmarker/store-kit/disk";
import type { ConfigProblem } from "../errors.ts";
import { suggest } from "../validation/suggest.ts";
import { foreignKeys, OWN_KEYS } from "./foreign-keys.ts";
import { isForeignClass, LEGACY_KEYS, LEGACY_LISTS, LEGACY_STORES } from "./legacy.ts";
import { isList, isObject, isPlainObject } from "../realms.ts";
import { DELIVERY_KEYS } from "../delivery-keys.ts";
import { readDelivery } from "./read-delivery.ts";
import type { IsWritten } from "./read-shape.ts";
import { readOrigin } from "./read-origin.ts";
import { readSpool, readState } from "./read-state.ts";
import { writeProblem } from "./problems.ts";
import { whereFromTop } from "./problems/structure.ts";
import { setOwn } from "../set-own.ts";
import { type Report, reportType, reportUnknownKeys } from "./report.ts";
import { isGiven, pathText } from "./tree.ts";
import type { AuditEntry, Config, ConfigPath, LoadedConfig, PluginEntry } from "./types.ts";

type Plain = Readonly<Record<string, unknown>>;

/** The valid part of a configuration, and the problems of the rest. */
export interface ReadConfig {
  readonly value: Config;
  readonly problems: readonly ConfigProblem[];
}

/**
 * Takes the valid parts of a configuration and reports the others. One pass does both, so that they cannot differ.
 * Plugins and params are checked when plugins are loaded.
 * @param unread problems of files and `${…}` that could not be read
 */
export function readConfig(
  loaded: Pick<LoadedConfig, "plain" | "locate" | "textOf">,
  unread: readonly ConfigProblem[],
): ReadConfig {
  const unresolved = new Set(unread.map(({ path }) => pathText(path)));
  const problems: ConfigProblem[] = [];
  const reader = new ConfigReader(loaded, (path, at, text) => {
    // Skips a value whose `${…}` was reported: its type would only be a second problem.
    if (at === "value" && unresolved.has(pathText(path))) return;
    const location = loaded.locate(path, at);
    problems.push({ ...text, path, ...(location && { location }) });
  });
  const value = reader.read();
  // A key that seems to be missing may be in a part that could not be read.
  const isWhole = !unread.some(({ code }) => code === "CONFIG_UNREADABLE" || code === "CONFIG_FOREIGN");
  return { value, problems: isWhole ? problems : [] };
}

/** What other programs call the key that says what an entry is. */
const PLUGIN_WORDS: ReadonlySet<string> = new Set(["type", "name", "kind", "store", "uses", "class", "module"]);

/** Whether a key at the top has what stands below `plugins` or `audits`, such as `stores` with entries. */
function isEntries(key: string, value: unknown): boolean {
  const entries = isPlainObject(value) ? Object.values(value).filter(isPlainObject) : [];
  if (key === "audit") return entries.some((entry) => "stores" in entry);
  return ["plugin", "stores", "store", "outputs"].includes(key) && entries.some((entry) => "plugin" in entry);
}

class ConfigReader {
  readonly #plain: Plain;
  readonly #isFromFile: (path: ConfigPath) => boolean;
  readonly #isWritten: IsWritten;
  readonly #locate: LoadedConfig["locate"];
  readonly #report: Report;
  /** References by key, of every plugin that has one. */
  readonly #refs = new Map<string, string | object>();

  constructor(loaded: Pick<LoadedConfig, "plain" | "locate" | "textOf">, report: Report) {
    this.#plain = loaded.plain;
    this.#isFromFile = (path) => loaded.locate(path, "value") !== undefined;
    this.#isWritten = (path) => this.#isFromFile(path) || loaded.textOf(path) !== undefined;
    this.#locate = loaded.locate;
    this.#report = report;
  }

  read(): Config {
    const plugins = this.#plugins();
    const audits = this.#audits();
    const allowed = [...LEGACY_KEYS, ...foreignKeys(this.#plain, this.#locate)];
    reportUnknownKeys(this.#report, [], this.#plain, OWN_KEYS, allowed, (key) => this.#placeOf(key));
    const delivery = readDelivery(this.#plain["delivery"], ["delivery"], this.#report, this.#isWritten);
    const spool = readSpool(this.#plain["spool"], this.#report, this.#isWritten);
    const state = readState(this.#plain["state"], this.#report, this.#isWritten);
    const { state_dir: stateDir } = this.#plain;
    if (isGiven(stateDir) && typeof stateDir !== "string") {
      reportType(this.#report, ["state_dir"], "the path of a folder", stateDir);
    }
    const wrongHome = typeof stateDir === "string" ? pathProblem("state_dir", stateDir) : undefined;
    if (wrongHome !== undefined)
      this.#report(["state_dir"], "value", writeProblem("path", "home", { problem: wrongHome }));
    const unsafe = this.#flag("state_dir_unsafe");
    const markers = this.#flag("markers");
    return {
      plugins,
      audits,
      run: this.#run(),
      ...(delivery && { delivery }),
      ...(spool && { spool }),
      ...(state && { state }),
      ...(typeof stateDir === "string" && stateDir !== "" && { state_dir: stateDir }),
      ...(unsafe !== undefined && { state_dir_unsafe: unsafe }),
      ...(markers !== undefined && { markers }),
    };
  }

  /** Where a key belongs that stands at the top. */
  #placeOf(key: string): string | undefined {
    const { plugin } = this.#plain;
    const name = typeof plugin === "string" && /^[\w-]+$/u.test(plugin) ? plugin : "filestore";
    return whereFromTop(key, {
      name,
      stores: this.#ownKeys(),
      delivery: DELIVERY_KEYS,
      isEntries: isEntries(key, this.#plain[key]),
    });
  }

  /** Keys of the plugins that a file or a program has defined, if there are any. */
  #ownKeys(): readonly string[] {
    const keys = [...this.#refs.keys()];
    const own = keys.filter((key) => this.#isFromFile(["plugins", key]));
    return own.length > 0 ? own : keys.length > 0 ? keys : ["filestore"];
  }

  #flag(key: "state_dir_unsafe" | "markers"): boolean | undefined {
    const value = this.#plain[key];
    if (typeof value === "boolean") return value;
    if (isGiven(value)) reportType(this.#report, [key], "true or false", value);
    return undefined;
  }

  #plugins(): Record<string, PluginEntry> {
    const plugins: [string, PluginEntry][] = [];
    const listing: [string, unknown][] = [];
    for (const [key, entry] of this.#entriesOf("plugins", "a map of plugins by key")) {
      const path = ["plugins", key];
      if (!isPlainObject(entry)) {
        reportType(this.#report, path, "a map such as { plugin: filestore }", entry);
        continue;
      }
      const ref = this.#ref(entry, path);
      if (ref === undefined) continue;
      this.#refs.set(key, ref);
      if (typeof ref === "string" && isForeignClass(ref)) continue;
      const { plugin: _plugin, params, delivery, taps: given, ...strays } = entry;
      const isMap = isPlainObject(params);
      if (isGiven(params) && !isMap) reportType(this.#report, [...path, "params"], "a map of params", params);
      const own = readDelivery(delivery, [...path, "delivery"], this.#report, this.#isWritten);
      if (isGiven(given)) listing.push([key, given]);
      plugins.push([key, { ...strays, plugin: ref, ...(isMap && { params }), ...(own && { delivery: own }) }]);
    }
    // Once all names are known.
    const taps = new Map(listing.map(([key, given]) => [key, this.#names(given, ["plugins", key, "taps"])]));
    return Object.fromEntries(
      plugins.map(([key, entry]) => {
        const own = taps.get(key) ?? [];
        return [key, own.length > 0 ? { ...entry, taps: own } : entry];
      }),
    );
  }

  #ref(entry: Plain, path: ConfigPath): string | object | undefined {
    const { plugin } = entry;
    const at = [...path, "plugin"];
    if (isGiven(plugin)) {
      const isPlugin = isObject(plugin) && !isList(plugin) && !this.#isFromFile(at);
      if (isPlugin || typeof plugin === "string") return plugin;
      reportType(this.#report, at, "a name such as filestore", plugin);
      return undefined;
    }
    const glued = Object.keys(entry).find((key) => key.startsWith("plugin:") && !isGiven(entry[key]));
    const slip = glued ?? Object.keys(entry).find((key) => key !== "plugin" && meansPlugin(key));
    // `params` on the level of the key above it is a plugin of that name.
    const isShifted = ["params", "delivery", "plugin"].includes(String(path.at(-1)));
    const place = slip === undefined ? at : [...path, slip];
    this.#report(place, "key", writeProblem("required", "plugin", { at: pathText(path), slip, isShifted }));
    return undefined;
  }

  #audits(): Record<string, AuditEntry> {
    const audits: [string, AuditEntry][] = [];
    const run = listOf(this.#plain["run"]);
    for (const [name, audit] of this.#entriesOf("audits", "a map of audits by name")) {
      const path = ["audits", name];
      if (!isPlainObject(audit)) {
        reportType(this.#report, path, "a map such as { stores: [filestore] }", audit);
        continue;
      }
      reportUnknownKeys(this.#report, path, audit, ["stores", "taps", "id", "origin"], LEGACY_LISTS);
      const { stores: _stores, taps: _taps, tapsOf: _tapsOf, id, origin: given, ...legacy } = audit;
      const { names: stores, tapsOf } = this.#stores(audit, path);
      const taps = this.#names(audit["taps"], [...path, "taps"]);
      const isLegacy = LEGACY_LISTS.some((key) => Object.hasOwn(audit, key));
      const isEmpty = listOf(audit["stores"]).length === 0;
      if (isEmpty && !(isLegacy && !run.includes(name))) {
        this.#report(
          [...path, "stores"],
          "key",
          writeProblem("required", "stores", { at: pathText(path), known: this.#ownKeys() }),
        );
      }
      const pointers = this.#pointers(id, [...path, "id"]);
      const origin = readOrigin(given, [...path, "origin"], this.#report);
      const right = {
        ...(taps.length > 0 && { taps }),
        ...(Object.keys(tapsOf).length > 0 && { tapsOf }),
        ...(pointers && { id: pointers }),
        ...(origin && { origin }),
      };
      audits.push([name, { ...legacy, stores, ...right }]);
    }
    return Object.fromEntries(audits);
  }

  /** The stores of an audit. One with taps of its own is a map: `{ store: splunk, taps: [redact] }`. */
  #stores(audit: Plain, path: ConfigPath): { names: string[]; tapsOf: Record<string, string[]> } {
    const value = audit["stores"];
    const at = [...path, "stores"];
    if (!Array.isArray(value)) return { names: this.#names(value, at), tapsOf: {} };
    const tapsOf: Record<string, string[]> = {};
    const names = value.map((item: unknown, index) => {
      if (!isPlainObject(item) || !Object.hasOwn(item, "store")) return item;
      const place = [...at, index];
      reportUnknownKeys(this.#report, place, item, ["store", "taps"], []);
      const taps = this.#names(item["taps"], [...place, "taps"]);
      const name = item["store"];
      if (typeof name === "string" && taps.length > 0) setOwn(tapsOf, name, taps);
      return name;
    });
    return { names: this.#names(names, at), tapsOf };
  }

  /** The names of defined plugins in a list of them. */
  #names(value: unknown, at: ConfigPath): string[] {
    if (isGiven(value) && !Array.isArray(value)) {
      const example = typeof value === "string" ? value : "filestore";
      reportType(this.#report, at, `a list of keys of plugins, such as [${example}]`, value);
    }
    const names: string[] = [];
    for (const [index, name] of listOf(value).entries()) {
      const place = Array.isArray(value) ? [...at, index] : at;
      const ref = typeof name === "string" ? this.#refs.get(name) : undefined;
      if (typeof name !== "string") reportType(this.#report, place, "the key of a plugin", name);
      else if (names.includes(name)) {
        this.#report(place, "value", writeProblem("duplicate", "name", { at: pathText(at), name }));
      } else if (ref === undefined) this.#undefinedPlugin(name, place);
      else if (typeof ref === "string" && isForeignClass(ref)) this.#foreign(name, ref, place);
      else names.push(name);
    }
    return names;
  }

  #undefinedPlugin(name: string, place: ConfigPath): void {
    const plugins = this.#plain["plugins"];
    // The plugin is defined, but wrongly, or `plugins` is not a map. That was reported.
    if (!isPlainObject(plugins) || Object.hasOwn(plugins, name)) return;
    const known = [...this.#refs]
      .filter(([, ref]) => typeof ref !== "string" || !isForeignClass(ref))
      .map(([key]) => key);
    const facts = { at: pathText(place), name, known, meant: suggest(name, known) };
    this.#report(place, "value", writeProblem("undefined_plugin", "name", facts));
  }

  #foreign(name: string, ref: string, place: ConfigPath): void {
    const facts = { at: pathText(place), name, ref, meant: suggest(ref, [...LEGACY_STORES.keys()]) };
    this.#report(place, "value", writeProblem("not_a_store", "python", facts));
  }

  #pointers(id: unknown, path: ConfigPath): string | string[] | undefined {
    if (!isGiven(id)) return undefined;
    const pointers: string[] = [];
    for (const [index, pointer] of listOf(id).entries()) {
      const at = Array.isArray(id) ? [...path, index] : path;
      if (typeof pointer === "string" && /^(?:\/(?:[^~/]|~[01])*)+$/.test(pointer)) {
        const wrong = pointerProblem(pointer);
        if (wrong === undefined) pointers.push(pointer);
        else this.#report(at, "value", writeProblem("pointer", "pointer", { at: pathText(at), problem: wrong }));
      } else if (typeof pointer === "string") {
        const form = pointer.startsWith("/") ? "in which ~0 stands for ~ and ~1 for /" : "which begins with /";
        const isDotted = /^[\w-]+(?:\.[\w-]+)*$/u.test(pointer);
        const example = isDotted ? `/${pointer.replaceAll(".", "/")}` : "/raw/finding_info/uid";
        const facts = { at: pathText(at), wanted: `a JSON pointer, ${form}, such as ${example}` };
        this.#report(at, "value", writeProblem("type", "value", { ...facts, value: pointer }));
      } else reportType(this.#report, at, "a JSON pointer such as /raw/finding_info/uid", pointer);
    }
    if (Array.isArray(id) && id.length === 0) reportType(this.#report, path, "at least one JSON pointer", id);
    return typeof id === "string" ? pointers[0] : pointers;
  }

  #run(): string[] {
    const value = this.#plain["run"];
    const audits = this.#plain["audits"];
    const known = isPlainObject(audits) ? Object.keys(audits) : [];
    if (isGiven(value) && !Array.isArray(value)) {
      const example = typeof value === "string" ? value : "nightly";
      reportType(this.#report, ["run"], `a list of names of audits, such as [${example}]`, value);
    }
    const items = listOf(value);
    if (items.length === 0) this.#report(["run"], "key", writeProblem("required", "audit", { known }));
    const run: string[] = [];
    for (const [index, name] of items.entries()) {
      const place = Array.isArray(value) ? ["run", index] : ["run"];
      if (typeof name !== "string") reportType(this.#report, place, "the name of an audit", name);
      else if (run.includes(name)) this.#report(place, "value", writeProblem("duplicate", "name", { at: "run", name }));
      else if (known.includes(name)) run.push(name);
      // If `audits` is not a map, that was reported before.
      else if (isPlainObject(audits)) {
        const facts = { at: pathText(place), name, known, meant: suggest(name, known) };
        this.#report(place, "value", writeProblem("undefined_audit", "name", facts));
      }
    }
    return run;
  }

  #entriesOf(key: "plugins" | "audits", wanted: string): [string, unknown][] {
    const value = this.#plain[key];
    if (isPlainObject(value)) return Object.entries(value);
    if (isGiven(value)) reportType(this.#report, [key], wanted, value);
    return [];
  }
}

function meansPlugin(key: string): boolean {
  return suggest(key, ["plugin"]) !== undefined || PLUGIN_WORDS.has(key);
}

/** A single name is read as a list of one, so that its own mistakes are found in the same round. */
function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return isGiven(value) && typeof value === "string" ? [value] : [];
}
