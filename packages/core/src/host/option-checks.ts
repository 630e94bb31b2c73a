import {
  type Checks,
  checkOptions,
  hasFunctions,
  isFilled,
  isFlag,
  isFunction,
  isPlainMap,
  isText,
  must,
  mustBeData,
  mustHave,
  mustList,
  mustMap,
  mustNot,
} from "../check-options.ts";
import { isGivenMap } from "../realms.ts";
import { moduleNameFault, type SearchOptions, searchPlaceFault } from "../config/search-places.ts";
import { writeProblem } from "../config/problems.ts";
import type { ConfigProblem } from "../errors.ts";
import { LETTERS } from "./filter-checks.ts";
import type {
  About,
  DoneOptions,
  HostOptions,
  OriginOptions,
  ReplayOptions,
  ResumeOptions,
  TapOption,
  WriteOptions,
} from "./options.ts";
import { ORIGIN_NAMES } from "./origin-of-run.ts";
import { runIdFault } from "./run-id.ts";

const text = must("a string", isText);
const filled = must("a non-empty string", isFilled);
const texts = mustList("a list of strings", text);
const fn = must("a function", isFunction);

const isPlugin = (value: unknown): boolean => isGivenMap(value) && "apiVersion" in value;
const isSignal = (value: unknown): boolean =>
  isGivenMap(value) && typeof value["aborted"] === "boolean" && typeof value["addEventListener"] === "function";

const isOverride = (value: unknown): boolean =>
  isFlag(value) || (Array.isArray(value) && value.every((name) => ORIGIN_NAMES.includes(name)));

const ORIGIN: Checks<OriginOptions> = {
  key: text,
  class: text,
  worker: text,
  type: text,
  override: must("true, false, or a list with any of key, class, worker and type", isOverride),
};

const places = mustList("a list of files, best first", mustNot("the name of a file", searchPlaceFault));

const SEARCH: Checks<SearchOptions> = {
  moduleName: mustNot("a name such as acme-audit", moduleNameFault),
  searchPlaces(value, ...rest) {
    const isEmpty = Array.isArray(value) && value.length === 0;
    const check = isEmpty ? must("a list of at least one file", () => false) : places;
    check(value, ...rest);
  },
};

const tapOption = mustHave<TapOption>({ plugin: must("a tap", isGivenMap), params: must("an object", isGivenMap) });
const tap = must("a tap, or { plugin, params }", isGivenMap);

const file = must("the path of a file, or a list of such paths", isFilled, (value) =>
  isGivenMap(value) ? "Use config for an object." : undefined,
);

const RESUME: Checks<ResumeOptions> = {
  run: mustNot("a string that is not empty", runIdFault),
  readsOn: fn,
};

const REPLAY: Checks<ReplayOptions> = { letters: mustHave(LETTERS), to: filled };

const HOST: Checks<HostOptions> = {
  config: must("a plain object with the keys of the configuration", isPlainMap, (value) =>
    isText(value) ? "Use configFile for a file." : undefined,
  ),
  configFile(value, ...rest) {
    const check = Array.isArray(value) ? mustList("", file) : file;
    check(value, ...rest);
  },
  search: mustHave(SEARCH),
  stores: must(
    "a map of stores by key, such as { archive: store }",
    (value) => isPlainMap(value) && !isPlugin(value),
    (value) => (isPlugin(value) ? "Give the store a key." : undefined),
  ),
  audit: filled,
  taps: mustList("a list of taps", (value, path, of, problems) => {
    const check = isGivenMap(value) && "plugin" in value ? tapOption : tap;
    check(value, path, of, problems);
  }),
  plugins: mustMap("a map of plugin objects by their names in the configuration", must("a plugin object", isGivenMap)),
  allow: texts,
  versions: mustMap("a map of version ranges by package name", text),
  bundledFrom: texts,
  origin: mustHave(ORIGIN),
  workers: texts,
  run: mustNot("a non-empty string", runIdFault),
  resume(value, ...rest) {
    const check = isGivenMap(value) ? mustHave(RESUME) : mustNot("a run id, or { run, readsOn }", runIdFault);
    check(value, ...rest);
  },
  replay: mustHave(REPLAY),
  about(value, ...rest) {
    const isOther = typeof value !== "function" && !isPlainMap(value);
    if (isOther) must("an object, or a function that gives one", isFunction)(value, ...rest);
    else if (!isFunction(value)) mustBeData(value, ...rest);
  },
  stateDir: filled,
  stateDirUnsafe: must("true or false", isFlag),
  // The keys of these are read with those of the configuration.
  delivery: must("an object such as { concurrency: 4 }", isPlainMap),
  spool: must('an object such as { max_bytes: "4GiB" }', isPlainMap, (value) =>
    isFlag(value) || value === "auto" ? "Use delivery.spool of a store." : undefined,
  ),
  state: must('an object such as { keep: "90d" }', isPlainMap),
  cwd: filled,
  home: filled,
  env: must("an object", isGivenMap),
  logger: must(
    "an object with the functions debug, info, warn and error",
    hasFunctions("debug", "info", "warn", "error"),
  ),
  clock: must(
    "an object with the functions now, setTimeout and clearTimeout",
    hasFunctions("now", "setTimeout", "clearTimeout"),
  ),
  random: fn,
  around: fn,
  explain: fn,
  workerUrl: must(
    "a path, or a file: or data: URL",
    (value) => isFilled(value) || (isGivenMap(value) && /^(?:file|data):/.test(String(value["href"]))),
  ),
  signal: must("an AbortSignal", isSignal, (value) =>
    isGivenMap(value) && isSignal(value["signal"]) ? "Use the signal of the controller." : undefined,
  ),
};

/** The options of `write` and `writable`. */
export const WRITE_OPTIONS: Checks<WriteOptions> = { origin: mustHave(ORIGIN) };

/** The options of `done`. */
export const DONE_OPTIONS: Checks<DoneOptions> = {
  deadlineMs: must("a number of milliseconds, 0 or more", (value) => typeof value === "number" && value >= 0),
  complete: must("true or false", isFlag),
  goesOn: must("true or false", isFlag),
};

/** What `position` takes. */
export const POSITION: Checks<{ readonly input: number; readonly at: object }> = {
  input: must("the number of an input, from 0 on", (value) => Number.isSafeInteger(value) && Number(value) >= 0),
  at: mustBeData,
};

/** What the function `about` answers. */
export const ABOUT: Checks<{ readonly about: About }> = { about: mustBeData };

/** The options that name a configuration; at most one of them may be given. */
const SOURCES = ["config", "configFile", "search", "stores"] as const;

/** The options of a host that can be used, and what is wrong with the others. */
export interface CheckedOptions {
  /** A copy, without those that are wrong. */
  readonly options: HostOptions;
  readonly problems: readonly ConfigProblem[];
}

/** Checks the options of `createHost`. */
export function checkHostOptions(given: unknown): CheckedOptions {
  const hint = isText(given) ? "Use { configFile } for a file." : undefined;
  const problems = [...checkOptions(given, HOST, "createHost()", hint)];
  if (!isGivenMap(given)) return { options: {}, problems };
  const sources = SOURCES.filter((name) => given[name] !== undefined);
  if (sources.length > 1) {
    problems.push({ ...writeProblem("conflict", "sources", { sources: SOURCES, given: sources }), path: [] });
  }
  if (given["resume"] !== undefined && given["run"] !== undefined) {
    const message = "createHost() takes run or resume, not both: a run that is resumed has its id.";
    problems.push({ code: "conflict", message, path: [] });
  }
  const beside = (["run", "resume", "explain"] as const).find((name) => given[name] !== undefined);
  if (given["replay"] !== undefined && beside !== undefined) {
    const message = `createHost() takes replay or ${beside}, not both: a replay is no run.`;
    problems.push({ code: "conflict", message, path: [] });
  }
  const wrong = new Set(problems.map(({ path }) => path[0]));
  const good = Object.keys(HOST).filter((name) => given[name] !== undefined && !wrong.has(name));
  const options: HostOptions = Object.fromEntries(good.map((name) => [name, given[name]]));
  const { origin, search } = options;
  const listed = search?.searchPlaces;
  return {
    options: {
      ...options,
      ...(origin && { origin: { ...origin } }),
      ...(search && { search: { ...search, ...(listed && { searchPlaces: [...listed] }) } }),
    },
    problems,
  };
}
