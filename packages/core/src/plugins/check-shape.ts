import { API_VERSION, type StorePlugin, type TapPlugin } from "@cloudmarker/store-api";
import { isThenable } from "../realms.ts";

/** A plugin, or everything that is wrong with what should have been one. */
export type ShapeResult = { readonly plugin: StorePlugin | TapPlugin } | { readonly problems: readonly string[] };

/**
 * Takes the plugin out of a module (or is given it) and checks its shape; what the params schema says is checked later.
 * A plain object without `supports` or `batch` is fine: what is missing is empty, as `defineStore` has it.
 */
export function checkShape(exported: unknown): ShapeResult {
  const value = unwrap(exported);
  const problems = problemsOf(value);
  if (problems.length > 0) return { problems };
  // Everything that the type says was checked just above.
  const plugin = value as StorePlugin | TapPlugin;
  return { plugin: plugin.kind === "store" ? complete(plugin) : plugin };
}

/** The default export; that of a transpiled CommonJS module (`exports.default`) lies one deeper; else the module itself. */
function unwrap(exported: unknown): unknown {
  let value = exported;
  for (let depth = 0; depth < 2 && isObject(value) && value["kind"] === undefined; depth += 1) {
    if (value["default"] === undefined) break;
    value = value["default"];
  }
  return value;
}

function problemsOf(value: unknown): readonly string[] {
  if (!isObject(value)) return [`it exports ${describe(value)} and not what defineStore(…) or defineTap(…) returns`];
  const { kind, apiVersion } = value;
  if (kind === undefined && !("apiVersion" in value)) return [noPlugin(value)];
  // Another version of the contract may have another shape, so nothing else is said about such a plugin.
  if (typeof apiVersion === "number" && apiVersion !== API_VERSION) return [otherVersion(apiVersion)];

  const problems: string[] = [];
  const expect = (good: boolean, name: string, wanted: string): void => {
    if (!good) problems.push(`${name} is ${describe(value[name])} and must be ${wanted}`);
  };
  expect(kind === "store" || kind === "tap", "kind", '"store" or "tap"');
  expect(typeof value["name"] === "string" && value["name"] !== "", "name", "a text");
  expect(apiVersion === API_VERSION, "apiVersion", `${API_VERSION}`);
  expect(isObject(value["params"]), "params", "an object, the JSON Schema of the params");
  if (kind === "store") {
    expect(typeof value["open"] === "function", "open", "a function");
    expect(isOptional(value["supports"], isObject), "supports", "an object");
    expect(isOptional(value["batch"], isObject), "batch", "an object");
    for (const name of ["validate", "batchFor", "explain"])
      expect(isOptional(value[name], isFunction), name, "a function");
    expect(
      isOptional(value["className"], (name) => typeof name === "string"),
      "className",
      "a text",
    );
  }
  if (kind === "tap") expect(typeof value["apply"] === "function", "apply", "a function");
  return problems;
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

/** Built anew rather than copied: the methods of a class instance lie on its prototype. */
function complete(plugin: StorePlugin): StorePlugin {
  const { supports, batch, className }: Partial<StorePlugin> = plugin;
  if (supports !== undefined && batch !== undefined) return plugin;
  return {
    kind: "store",
    name: plugin.name,
    ...(className === undefined ? {} : { className }),
    apiVersion: plugin.apiVersion,
    params: plugin.params,
    supports: supports ?? {},
    batch: batch ?? {},
    open: (params, context) => plugin.open(params, context),
    ...(plugin.validate && { validate: plugin.validate.bind(plugin) }),
    ...(plugin.batchFor && { batchFor: plugin.batchFor.bind(plugin) }),
    ...(plugin.explain && { explain: plugin.explain.bind(plugin) }),
  };
}

function describe(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "function") return "a function";
  if (isThenable(value)) return "a promise";
  return typeof value === "object" ? "an object" : `${JSON.stringify(value) ?? typeof value}`;
}

function isOptional(value: unknown, is: (value: unknown) => boolean): boolean {
  return value === undefined || is(value);
}

function isFunction(value: unknown): boolean {
  return typeof value === "function";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isThenable(value);
}
