import { describeParams, type ParamDescription, WrittenScalar } from "@cloudmarker/core";
import { type ParamsSchema, valueAt } from "@cloudmarker/store-api";
import { isMap } from "../is-map.ts";
import { flow, scalar } from "../render/yaml.ts";

/** A store as it will stand in the file. */
export interface Drafted {
  readonly key: string;
  readonly plugin: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** The schema of its params; undefined if the plugin is not installed. */
  readonly schema?: ParamsSchema | undefined;
}

/** Name of the file with the schema, for editors. */
export const SCHEMA_FILE = "cloudmarker.schema.json";

/** Columns of a comment at most. */
const WIDTH = 100;

/** `$${` is a plain `${`. */
const VARIABLE = /(?<!\$)\$\{([A-Za-z_]\w*)\}/gu;

/** The configuration as a value. */
export function configOf(stores: readonly Drafted[], audit: string): Record<string, unknown> {
  const plugins = Object.fromEntries(stores.map(({ key, plugin, params }) => [key, { plugin, params }]));
  return { plugins, audits: { [audit]: { stores: stores.map(({ key }) => key) } }, run: [audit] };
}

/** The configuration as the text of a file. The comments are what the schemas say of the params. */
export function fileText(stores: readonly Drafted[], audit: string): string {
  const entries = stores.flatMap((store) => [
    `  ${scalar(store.key)}:`,
    `    plugin: ${scalar(store.plugin)} # all its params: cloudmarker help ${store.plugin}`,
    ...paramLines(store),
  ]);
  const keys = stores.map(({ key }) => scalar(key)).join(", ");
  return [
    `# yaml-language-server: $schema=./${SCHEMA_FILE}`,
    "# All keys of this file: cloudmarker help config",
    "plugins:",
    ...entries,
    "",
    "# Each audit names the stores that get its records.",
    "audits:",
    `  ${scalar(audit)}:`,
    `    stores: [${keys}]`,
    "",
    "# The audits that cloudmarker write runs.",
    `run: [${scalar(audit)}]`,
    "",
  ].join("\n");
}

function paramLines({ params, schema }: Drafted): string[] {
  const entries = Object.entries(params);
  if (entries.length === 0) return [];
  const described = new Map(schema && describeParams(schema).map((param) => [param.name, param]));
  return ["    params:", ...entries.flatMap((entry) => paramText(entry, described))];
}

function paramText([name, value]: readonly [string, unknown], described: Map<string, ParamDescription>): string[] {
  const words = described.get(name)?.description.split(/\s+/u) ?? [];
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length >= WIDTH) lines.push(`      # ${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return [...lines, `      ${scalar(name)}: ${flow(value)}`];
}

/** The variables that the values name and that have no default. */
export function variablesOf(value: unknown): readonly string[] {
  const found = leavesOf(value).flatMap((text) => Array.from(text.matchAll(VARIABLE), ([, name = ""]) => name));
  return [...new Set(found)];
}

/** The params whose secret would stand in the file, and not as a variable. */
export function writtenSecrets({ params, schema }: Drafted): readonly string[] {
  const secrets = schema ? describeParams(schema).filter(({ secret }) => secret) : [];
  return secrets
    .filter(({ name }) => leavesOf(valueAt(params, name.split("."))).some((text) => !/\$\{[^}]+\}/u.test(text)))
    .map(({ name }) => name);
}

/** A value of `--param` as it is written into a file: text is text there. */
export function unwrapped(value: unknown): unknown {
  if (WrittenScalar.is(value)) return typeof value.value === "string" ? value.text : value;
  if (Array.isArray(value)) return value.map(unwrapped);
  return isMap(value) ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, unwrapped(one)])) : value;
}

function leavesOf(value: unknown): readonly string[] {
  if (WrittenScalar.is(value)) return [value.text];
  if (Array.isArray(value)) return value.flatMap(leavesOf);
  if (isMap(value)) return Object.values(value).flatMap(leavesOf);
  return value === undefined || value === null ? [] : [String(value)];
}
