import { API_VERSION, type BatchLimits, type StorePlugin, type Supports, type TapPlugin } from "@cloudmarker/store-api";
import { describe } from "../border/describe.ts";
import { judgeLimits, judgeSupports } from "../border/limits.ts";
import { messageOf } from "../errors.ts";
import { isGivenMap } from "../realms.ts";

/** A plugin, or the problems of an export that is not a plugin. */
export type ShapeResult = { readonly plugin: StorePlugin | TapPlugin } | { readonly problems: readonly string[] };

/** The most characters of a plugin's name, since every message about the plugin contains it. */
const MOST_NAME = 200;

const HINTS = ["validate", "batchFor", "target", "explain"] as const;
const FIELDS = [
  "kind",
  "name",
  "apiVersion",
  "params",
  "open",
  "apply",
  "supports",
  "batch",
  "className",
  "blames",
  ...HINTS,
];

type Fields = Readonly<Record<string, unknown>>;

/**
 * Takes the plugin from a module, or the plugin itself, and checks its shape. The content of the params schema is
 * checked later. The result is a new object made of the checked values. A plain object without `supports` or `batch` is
 * valid: they default to empty objects, as in `defineStore`.
 */
export function checkShape(exported: unknown): ShapeResult {
  try {
    return judge(unwrap(exported));
  } catch (error) {
    return { problems: [`what it exports cannot be read: ${messageOf(error)}`] };
  }
}

/** The default export (of a transpiled CommonJS module, its `exports.default`), or else the module itself. */
function unwrap(exported: unknown): unknown {
  let value = exported;
  for (let depth = 0; depth < 2 && isGivenMap(value) && value["kind"] === undefined; depth += 1) {
    if (value["default"] === undefined) break;
    value = value["default"];
  }
  return value;
}

function judge(value: unknown): ShapeResult {
  if (!isGivenMap(value))
    return { problems: [`it exports ${describe(value)} and not what defineStore(…) or defineTap(…) returns`] };
  const fields: Fields = Object.fromEntries(FIELDS.map((name) => [name, value[name]]));
  const { kind, apiVersion } = fields;
  if (kind === undefined && !("apiVersion" in value)) return { problems: [noPlugin(value)] };
  // Another version of the contract may have another shape, so nothing else of the plugin is checked.
  if (typeof apiVersion === "number" && apiVersion !== API_VERSION) return { problems: [otherVersion(apiVersion)] };

  const problems: string[] = [];
  const expect = (good: boolean, name: string, wanted: string): void => {
    if (!good) problems.push(`${name} is ${describe(fields[name])} and must be ${wanted}`);
  };
  const expectName = (name: string): void => {
    const given = fields[name];
    expect(typeof given === "string" && given !== "", name, "a text");
    if (typeof given === "string") expect(given.length <= MOST_NAME, name, `at most ${MOST_NAME} characters long`);
  };
  expect(kind === "store" || kind === "tap", "kind", '"store" or "tap"');
  expectName("name");
  expect(apiVersion === API_VERSION, "apiVersion", `${API_VERSION}`);
  expect(isGivenMap(fields["params"]), "params", "an object, the JSON Schema of the params");
  const expectHint = (name: string): void =>
    expect(fields[name] === undefined || typeof fields[name] === "function", name, "a function");
  if (kind === "tap") {
    expect(typeof fields["apply"] === "function", "apply", "a function");
    expectHint("validate");
  }
  if (kind !== "store") return problems.length > 0 ? { problems } : { plugin: tapOf(value, fields) };

  expect(typeof fields["open"] === "function", "open", "a function");
  HINTS.forEach(expectHint);
  if (fields["className"] !== undefined) expectName("className");
  expect(fields["blames"] === undefined || isBlames(fields["blames"]), "blames", "lists of names of params, by code");
  const supports = judgeSupports(fields["supports"]);
  const batch = judgeLimits(fields["batch"], "batch");
  problems.push(...supports.faults, ...batch.faults);
  return problems.length > 0 ? { problems } : { plugin: storeOf(value, fields, supports.value, batch.value) };
}

function isBlames(value: unknown): boolean {
  return isGivenMap(value) && Object.values(value).every(isTexts);
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

function noPlugin(value: Record<string, unknown>): string {
  const names = Object.keys(value).filter((name) => name !== "module.exports");
  const exported = names.length === 0 ? "nothing" : names.slice(0, 8).join(", ");
  return `it exports ${exported} and no default that defineStore(…) or defineTap(…) has made`;
}

function otherVersion(apiVersion: number): string {
  const remedy = apiVersion > API_VERSION ? "update cloudmarker (@cloudmarker/core)" : "update the plugin";
  return `it is written for version ${apiVersion} of the store contract and this host knows version ${API_VERSION}: ${remedy}`;
}

function tapOf(plugin: object, fields: Fields): TapPlugin {
  const { kind, name, apiVersion, params } = fields;
  const { validate } = fields;
  const built = {
    kind,
    name,
    apiVersion,
    params,
    apply: bound(plugin, fields["apply"]),
    ...(validate !== undefined && { validate: bound(plugin, validate) }),
  };
  return built as unknown as TapPlugin;
}

function storeOf(plugin: object, fields: Fields, supports: Supports, batch: BatchLimits): StorePlugin {
  const { kind, name, className, apiVersion, params, blames } = fields;
  const hints = HINTS.filter((hint) => fields[hint] !== undefined).map((hint) => [hint, bound(plugin, fields[hint])]);
  const built = {
    kind,
    name,
    apiVersion,
    params,
    supports,
    batch,
    open: bound(plugin, fields["open"]),
    ...(className !== undefined && { className }),
    ...(blames !== undefined && { blames }),
    ...(Object.fromEntries(hints) as object),
  };
  // The code above has checked everything that the type says.
  return built as unknown as StorePlugin;
}

/** The methods of a class instance are on its prototype and need the instance as `this`. */
function bound(plugin: object, method: unknown): (...args: readonly unknown[]) => unknown {
  return (...args) => Reflect.apply(method as () => unknown, plugin, args) as unknown;
}
