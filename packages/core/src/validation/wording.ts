import type { Problem } from "@cloudmarker/store-api";
import { isMap } from "../realms.ts";
import {
  either,
  flagAdvice,
  label,
  list,
  note,
  quote,
  quoteKey,
  show,
  shownKey,
  typeWords,
  wantedWords,
} from "./show.ts";
import { takes } from "./plain-value.ts";
import { DELIVERY_KEYS } from "../delivery-keys.ts";
import { deliveryName, otherName } from "./other-names.ts";
import { suggest } from "./suggest.ts";
import { isDuration } from "./without-unit.ts";
import { inPlace, propertiesOf } from "./schema-walk.ts";
import type { Path, Schema } from "./schema-walk.ts";

/** One error of ajv, with all that its message needs. */
export interface Fault {
  readonly keyword: string;
  /** Path from the params to the value. If the value is part of a secret, the path ends at the secret. */
  readonly path: Path;
  /** The value in messages: `params.auth.user`, or `params.credentials…` for a part of a secret. */
  readonly name: string;
  /** No part of the value may be shown. */
  readonly secret: boolean;
  readonly data: unknown;
  /** The same value without defaults. */
  readonly given: unknown;
  /** The value of the keyword in the schema. */
  readonly wanted: unknown;
  /** The schema that has the keyword. */
  readonly schema: Schema;
  /** ajv's details of the keyword. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly root: Schema;
}

/** A fault in words: a problem without a place in a file. */
export interface Finding extends Problem {
  readonly code: string;
  /** A path that exists. For a missing key, the path of the object that lacks it. */
  readonly path: Path;
  /** Whether the problem is located at the key or at the value of `path`. */
  readonly at: "key" | "value";
  /** Of a missing key: its path. Of an unknown key: the path of the key that was meant. */
  readonly param?: Path;
}

type Wording = (fault: Fault) => string;

/** What a value must be, by keyword. Completes "params.x is 5, must …". */
const MUST: Readonly<Record<string, Wording>> = {
  const: ({ wanted }) => `be ${show(wanted)}`,
  format: ({ wanted }) => `be ${FORMATS[String(wanted)] ?? `a valid ${String(wanted)}`}`,
  pattern: ({ wanted }) => `match ${String(wanted)}`,
  minimum: ({ wanted }) => `be at least ${show(wanted)}`,
  maximum: ({ wanted }) => `be at most ${show(wanted)}`,
  exclusiveMinimum: ({ wanted }) => `be more than ${show(wanted)}`,
  exclusiveMaximum: ({ wanted }) => `be less than ${show(wanted)}`,
  multipleOf: ({ wanted }) => `be a multiple of ${show(wanted)}`,
  formatMinimum: ({ wanted }) => `be ${show(wanted)} or later`,
  formatMaximum: ({ wanted }) => `be ${show(wanted)} or earlier`,
  formatExclusiveMinimum: ({ wanted }) => `be after ${show(wanted)}`,
  formatExclusiveMaximum: ({ wanted }) => `be before ${show(wanted)}`,
};

/** What a text, list or object must have, by keyword. Completes "params.x must …". */
const MUST_HAVE: Readonly<Record<string, Wording>> = {
  minLength: ({ wanted }) => (wanted === 1 ? "not be empty" : `have at least ${count(wanted, "character")}`),
  maxLength: ({ wanted }) => `have at most ${count(wanted, "character")}`,
  minItems: ({ wanted }) => (wanted === 1 ? "not be empty" : `have at least ${count(wanted, "item")}`),
  maxItems: ({ wanted }) => `have at most ${count(wanted, "item")}`,
  minProperties: ({ wanted }) => (wanted === 1 ? "not be empty" : `have at least ${count(wanted, "key")}`),
  maxProperties: ({ wanted }) => `have at most ${count(wanted, "key")}`,
  items: ({ params }) => `have at most ${count(params.limit, "item")}`,
  additionalItems: ({ params }) => `have at most ${count(params.limit, "item")}`,
  unevaluatedItems: ({ params }) => `have at most ${count(params.limit, "item")}`,
  uniqueItems: ({ params }) =>
    `not have the same item twice (items ${String(params.j)} and ${String(params.i)}, counted from 0)`,
  contains: ({ params, wanted, root }) => {
    const { minContains = 1, maxContains } = params;
    const most = maxContains === undefined ? "" : ` and at most ${String(maxContains)}`;
    return `have at least ${count(minContains, "item")}${most} that is ${describe(root, wanted)}`;
  },
};

const FORMATS: Readonly<Record<string, string>> = {
  uri: "a URL such as https://host.example:9200",
  url: "a URL such as https://host.example:9200",
  email: "an e-mail address",
  hostname: "a host name",
  ipv4: "an IPv4 address",
  ipv6: "an IPv6 address",
  "date-time": "a time such as 2026-01-31T12:00:00Z",
  date: "a date such as 2026-01-31",
  time: "a time such as 12:00:00Z",
  duration: "an ISO 8601 duration such as PT5M",
  uuid: "a UUID",
  regex: "a regular expression",
};

/** Keywords whose finding is not one plain sentence about the value. */
const SPECIAL: Readonly<Record<string, (fault: Fault) => Finding | readonly Finding[] | undefined>> = {
  required: (fault) => missing(fault, String(fault.params.missingProperty)),
  dependentRequired: (fault) => missing(fault, String(fault.params.missingProperty), String(fault.params.property)),
  dependencies: (fault) => missing(fault, String(fault.params.missingProperty), String(fault.params.property)),
  additionalProperties: (fault) => unknownKeys(fault, String(fault.params.additionalProperty)),
  unevaluatedProperties: (fault) => {
    const key = String(fault.params.unevaluatedProperty);
    return propertiesOf(fault.root, [fault.schema]).has(key) ? uselessKey(fault, key) : unknownKeys(fault, key);
  },
  propertyNames: (fault) => {
    const key = String(fault.params.propertyName);
    const must = `Keys must be ${describe(fault.root, fault.wanted)}.`;
    if (fault.secret) return finding(fault, "key_name", `${fault.name} has a key that is not allowed. ${must}`);
    const text = `${fault.name} has the key ${quoteKey(key, memberOf(fault.data, key))}, which is not allowed. ${must}`;
    return { code: "key_name", message: text, path: [...fault.path, key], at: "key" };
  },
  enum: (fault) => notListed(fault, Array.isArray(fault.wanted) ? fault.wanted : []),
  type: (fault) => {
    const { data, wanted, schema, name, secret } = fault;
    const isFraction = wanted === "integer" && takes("number", data) && !secret;
    const shown = isFraction ? show(data) : typeWords(data, secret);
    const names = wanted === "object" && isMap(schema.properties) ? Object.keys(schema.properties) : [];
    const keys = names.length > 0 ? ` with the keys ${list(names)}` : "";
    if (data === null) {
      const value =
        secret || schema.writeOnly === true ? 'its value, better a reference such as "${NAME}"' : "its value";
      const message = `${name} is empty (null), must be ${wantedWords(wanted)}. Write ${value} behind it, or remove the key.`;
      return { code: "type", message, path: fault.path, at: typeof fault.path.at(-1) === "number" ? "value" : "key" };
    }
    const isFlag = !secret && [wanted].flat().includes("boolean");
    const isItem = !secret && wanted === "array" && ["string", "number"].includes(typeof data);
    const isSwitch = wanted === "object" && typeof data === "boolean" && names.length > 0;
    const several = Array.isArray(data) && !secret ? severalOf(fault) : "";
    if (isSwitch)
      return finding(
        fault,
        "type",
        `${name} is ${shown}, must be ${wantedWords(wanted)}${keys}. Give one of these keys, or remove it: it needs no switch.`,
      );
    if (several !== "") return finding(fault, "type", `${name} is ${shown}, must be ${wantedWords(wanted)}.${several}`);
    const advice = isFlag ? flagAdvice(data) : isItem ? ` Write it in brackets: [${list(partsOf(data))}].` : "";
    const kind = isDuration(schema) ? "a duration such as 500ms, 30s or 5m" : wantedWords(wanted);
    return finding(fault, "type", `${name} is ${shown}, must be ${kind}${keys}.${advice || note(schema)}`);
  },
  not: (fault) => {
    const { wanted, name, schema } = fault;
    const keywords = isMap(wanted)
      ? Object.keys(wanted)
          .filter((keyword) => keyword !== "type")
          .join()
      : "";
    let text = `must not be ${describe(fault.root, wanted)}`;
    if (isMap(wanted) && keywords === "") text = wanted.type === undefined ? "is not allowed here" : text;
    if (isMap(wanted) && keywords === "required" && Array.isArray(wanted.required))
      text = `must not have ${wanted.required.join(" and ")}${wanted.required.length > 1 ? " together" : ""}`;
    return finding(fault, "not", `${name} ${text}.${note(schema)}`);
  },
  // The errors of `then` and `else` are reported separately.
  if: () => undefined,
};

/** A fault in words; undefined if another fault has a better message. */
export function findingOf(fault: Fault): Finding | readonly Finding[] | undefined {
  const { keyword, name, secret, data, schema } = fault;
  const special = SPECIAL[keyword];
  if (special) return special(fault);
  const must = MUST[keyword];
  const shown = must && !secret ? ` is ${show(data)},` : "";
  const text = must?.(fault) ?? MUST_HAVE[keyword]?.(fault) ?? `fit the schema of the plugin (${keyword})`;
  return finding(fault, snakeCase(keyword), `${name}${shown} must ${text}.${note(schema)}`);
}

/** A finding about the value itself. For an object or list it is located at the key, for a plain value at the value. */
export function finding(fault: Fault, code: string, message: string): Finding {
  const { path, data } = fault;
  const byKey = typeof data === "object" && data !== null && typeof path.at(-1) !== "number";
  return { code, message, path, at: byKey ? "key" : "value" };
}

/** A finding about a missing key. It is located at the object that lacks the key. */
export function missing(fault: Fault, key: string, because?: string, known?: readonly unknown[]): Finding {
  const { path, name, root, schema } = fault;
  const why = because === undefined ? "." : `; it goes with ${label([because], name)}.`;
  const choice = known ? ` Known: ${list(known)}.` : note(propertiesOf(root, [schema]).get(key));
  const message = `${label([key], name)} is missing${why}${choice}`;
  return { code: "required", message, path, at: "key", param: [...path, key] };
}

/** What values are called elsewhere. A similar word may mean another thing: `jsonl` is not `json`. */
const VALUES: Readonly<Record<string, string>> = {
  jsonl: "ndjson",
  jsonlines: "ndjson",
  "json lines": "ndjson",
  gz: "gzip",
  zst: "zstd",
  true: "gzip",
  false: "none",
};

/** A finding about a value that is not in the list of allowed values. */
export function notListed({ secret, path, name, data }: Fault, known: readonly unknown[]): Finding {
  const texts = known.filter((value) => typeof value === "string");
  const other = VALUES[String(data).toLowerCase()] ?? "";
  const isText = typeof data === "string";
  const near = secret ? undefined : texts.includes(other) ? other : isText ? suggest(data, texts) : undefined;
  const guess = near === undefined ? "" : ` Did you mean ${quote(near)}?`;
  const is = secret ? "is none of the known values" : `is ${show(data)}`;
  return { code: "enum", message: `${name} ${is}.${guess} Known: ${list(known)}.`, path, at: "value" };
}

/** One for each key of an unknown map that is known by another name, such as those of `ssl`; else one for the map. */
function unknownKeys(fault: Fault, key: string): Finding | readonly Finding[] {
  const { path, name, secret, data, root } = fault;
  const value = memberOf(data, key);
  if (secret || !isMap(value)) return unknownKey(fault, key);
  const found = Object.keys(value).flatMap((inner) => {
    const one = foreignKey(root, [...path, key, inner], value[inner]);
    const what = `${label([shownKey(key, value)], name)} has an unknown key ${quoteKey(inner, value[inner])}.`;
    return one ? [{ ...one, message: `${what} ${one.message}` }] : [];
  });
  return found.length > 0 ? found : unknownKey(fault, key);
}

function unknownKey({ path, name, secret, data, given, schema, root }: Fault, key: string): Finding {
  const other = secret ? undefined : foreignKey(root, [...path, key], memberOf(data, key));
  if (other)
    return { ...other, message: `${name} has an unknown key ${quoteKey(key, memberOf(data, key))}. ${other.message}` };
  const known = [...propertiesOf(root, [schema]).keys()];
  const choice = known.length > 0 ? ` Known: ${list(known)}.` : " No keys are known here.";
  if (secret) return { code: "unknown_key", message: `${name} has an unknown key.${choice}`, path, at: "key" };
  // A param that is there by default only may be meant.
  const free = known.filter((one) => !isMap(given) || !Object.hasOwn(given, one));
  const near = suggest(key, free);
  const help = near === undefined ? choice : ` Did you mean ${quote(near)}?`;
  return {
    code: "unknown_key",
    message: `${name} has an unknown key ${quoteKey(key, memberOf(data, key))}.${help}`,
    path: [...path, key],
    at: "key",
    ...(near !== undefined && { param: [...path, near] }),
  };
}

/** A finding about a key that has another name or another place here. */
function foreignKey(root: Schema, path: Path, value: unknown): Finding | undefined {
  const other = otherName(root, path, value);
  if (other) {
    const write = other.write === undefined ? "" : `; write ${other.write}`;
    return {
      code: "unknown_key",
      message: `Here it is called ${other.path.join(".")}${write}.`,
      path,
      at: "key",
      param: other.path,
    };
  }
  const key = String(path.at(-1));
  if (path.length > 1) return undefined;
  if (key === "delivery")
    return { code: "unknown_key", message: "It stands beside params, not in it.", path, at: "key" };
  const setting = deliveryName(key, DELIVERY_KEYS);
  if (setting === undefined) return undefined;
  return { code: "unknown_key", message: `It is no param: write delivery.${setting}, beside params.`, path, at: "key" };
}

/** A finding about a key that belongs to another branch. */
function uselessKey({ path, name, secret, data }: Fault, key: string): Finding {
  const what = secret ? `${name} has a key that` : label([shownKey(key, memberOf(data, key))], name);
  const message = `${what} is not allowed together with the other values here.`;
  return { code: "unknown_key", message, path: secret ? path : [...path, key], at: "key" };
}

/** The parts of a text with commas, for a list. */
function partsOf(data: unknown): readonly unknown[] {
  return typeof data === "string" ? data.split(",").map((part) => part.trim()) : [data];
}

/** The param that takes several, such as `nodes` for `node`. */
function severalOf({ path, root }: Fault): string {
  const name = `${String(path.at(-1))}s`;
  const several = isMap(root.properties) && path.length === 1 ? root.properties[name] : undefined;
  return isMap(several) && several.type === "array" ? ` Several are written as ${name}: [ … ].` : "";
}

function memberOf(data: unknown, key: string): unknown {
  return isMap(data) && Object.hasOwn(data, key) ? data[key] : undefined;
}

/** A schema in a few words: its title, its values, or its type with its constraints. */
export function describe(root: Schema, schema: unknown): string {
  if (!isMap(schema)) return "any value";
  const all = [...inPlace(root, [schema], true)];
  const first = (keyword: string): unknown => all.find((one) => one[keyword] !== undefined)?.[keyword];
  const [title, only, values, type, format, pattern] = ["title", "const", "enum", "type", "format", "pattern"].map(
    first,
  );
  if (typeof title === "string") return title;
  if (only !== undefined) return show(only);
  if (Array.isArray(values)) return either(values.slice(0, 10).map(show));
  if (format !== undefined) return FORMATS[String(format)] ?? `a valid ${String(format)}`;
  if (pattern !== undefined) return `a text that matches ${String(pattern)}`;
  const limits = Object.keys(MUST_HAVE)
    .concat(Object.keys(MUST))
    .filter((keyword) => first(keyword) !== undefined && keyword !== "items");
  const keys = [...propertiesOf(root, all).keys()];
  const special =
    keys.length > 0
      ? ` with ${list(keys)}`
      : limits.length > 0
        ? ` with ${limits.map((keyword) => `${keyword} ${show(first(keyword))}`).join(", ")}`
        : "";
  if (type !== undefined || keys.length > 0) return `${wantedWords(type ?? "object")}${special}`;
  const description = first("description");
  return typeof description === "string" ? quote(description) : `a value${special || " that the schema excludes"}`;
}

function count(number: unknown, noun: string): string {
  return `${String(number)} ${noun}${number === 1 ? "" : "s"}`;
}

function snakeCase(keyword: string): string {
  return keyword.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
