import type { Json } from "./json.ts";

/** What the value of a param can be. */
export type ParamType = "string" | "number" | "integer" | "boolean" | "object" | "array" | "null";

/** A schema; `true` takes any value, and `false` none. */
export type Subschema = boolean | ParamSchema;

type Subschemas = { readonly [name: string]: Subschema };

/**
 * JSON Schema of a plugin's params: an object schema of draft 2020-12, or of draft-07 if `$schema` says so. Defaults
 * stand only here. `writeOnly: true` marks a secret, which is never shown. `description` becomes the line of the docs
 * table.
 */
export interface ParamsSchema extends ParamSchema {
  readonly $schema?: string;
  readonly type: "object";
  readonly properties?: { readonly [name: string]: ParamSchema };
  /** Unknown params are refused unless this is `true` or a schema. */
  readonly additionalProperties?: Subschema;
}

/** The schema of one param, or of a part of it: the keywords of JSON Schema. The host takes no others. */
export interface ParamSchema {
  readonly type?: ParamType | readonly ParamType[];
  readonly title?: string;
  readonly description?: string;
  readonly default?: Json | readonly Json[];
  readonly examples?: readonly unknown[];
  readonly deprecated?: boolean;
  readonly readOnly?: boolean;
  readonly writeOnly?: boolean;
  readonly enum?: readonly Json[];
  readonly const?: Json;

  readonly multipleOf?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;

  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly contentEncoding?: string;
  readonly contentMediaType?: string;
  readonly contentSchema?: Subschema;

  readonly items?: Subschema | readonly Subschema[];
  readonly prefixItems?: readonly Subschema[];
  readonly additionalItems?: Subschema;
  readonly unevaluatedItems?: Subschema;
  readonly contains?: Subschema;
  readonly minContains?: number;
  readonly maxContains?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;

  readonly properties?: Subschemas;
  readonly patternProperties?: Subschemas;
  readonly additionalProperties?: Subschema;
  readonly unevaluatedProperties?: Subschema;
  readonly propertyNames?: Subschema;
  readonly required?: readonly string[];
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly dependentRequired?: { readonly [name: string]: readonly string[] };
  readonly dependentSchemas?: Subschemas;
  readonly dependencies?: { readonly [name: string]: Subschema | readonly string[] };

  readonly allOf?: readonly Subschema[];
  readonly anyOf?: readonly Subschema[];
  readonly oneOf?: readonly Subschema[];
  /** The param that says which branch of `oneOf` holds; a keyword of OpenAPI. */
  readonly discriminator?: { readonly propertyName: string };
  readonly not?: Subschema;
  readonly if?: Subschema;
  readonly then?: Subschema;
  readonly else?: Subschema;

  readonly $id?: string;
  readonly $ref?: string;
  readonly $anchor?: string;
  readonly $dynamicRef?: string;
  readonly $dynamicAnchor?: string;
  readonly $comment?: string;
  readonly $defs?: Subschemas;
  readonly definitions?: Subschemas;

  /** The number is a duration in milliseconds: a text such as `30s` is taken, and a bare number below 1,000 is not. */
  readonly "x-unit"?: "ms";
  /** What other programs call the param, each alone or with what to write instead: it is told where one is used. */
  readonly "x-also"?: readonly (string | readonly [name: string, write: string])[];
}

/**
 * A schema in which a mistake does not compile: a keyword that does not exist, also in a part of it; a `required` param
 * that is not in `properties`; a `default` that the schema would refuse.
 */
export type StrictSchema<S> = ParamsSchema extends S
  ? S
  : { readonly [K in keyof S]: K extends "required" ? RequiredOf<S> : K extends "$schema" ? string : PartOf<S, K> };

type StrictPart<S> = S extends object ? { readonly [K in keyof S]: PartOf<S, K> } : S;

type StrictParts<S> = { readonly [K in keyof S]: StrictPart<S[K]> };

type PartOf<S, K extends keyof S> = K extends keyof ParamSchema
  ? K extends "properties" | "patternProperties" | "dependentSchemas" | "$defs" | "definitions"
    ? StrictParts<S[K]>
    : K extends SchemaKeyword | "allOf" | "anyOf" | "oneOf" | "prefixItems"
      ? S[K] extends readonly unknown[]
        ? StrictParts<S[K]>
        : StrictPart<S[K]>
      : K extends "default"
        ? DefaultOf<S>
        : S[K]
  : ThereIsNoSuchKeyword;

/** Nothing has these types; the compiler's message names them. */
interface ThereIsNoSuchKeyword {
  readonly "JSON Schema has no such keyword": never;
}

interface TheSchemaRefusesThisDefault {
  readonly "The schema refuses this default": never;
}

type SchemaKeyword =
  | "contentSchema"
  | "items"
  | "additionalItems"
  | "unevaluatedItems"
  | "contains"
  | "additionalProperties"
  | "unevaluatedProperties"
  | "propertyNames"
  | "not"
  | "if"
  | "then"
  | "else";

/** Only of the params themselves is it certain that no other name is taken. */
type RequiredOf<S> = S extends { readonly properties: infer P } & { readonly [K in Widening]?: false | undefined }
  ? readonly (keyof P)[]
  : readonly string[];

type Widening =
  | "additionalProperties"
  | "patternProperties"
  | "allOf"
  | "anyOf"
  | "oneOf"
  | "if"
  | "dependentSchemas"
  | "dependencies"
  | "$ref"
  | "$dynamicRef";

/** The default of an object or an array may be a part of it, which the defaults inside complete. */
type DefaultOf<S> = S extends { readonly default: infer D }
  ? S extends { readonly enum: unknown } | { readonly type: "string" | "number" | "integer" | "boolean" }
    ? D extends ValueOf<S>
      ? D
      : TheSchemaRefusesThisDefault
    : D
  : never;

type Simplify<T> = { [K in keyof T]: T[K] };

type Present<P, S> =
  | (S extends { readonly required: readonly (infer R)[] } ? Extract<R, keyof P> : never)
  | { [K in keyof P]: P[K] extends { readonly default: unknown } ? K : never }[keyof P];

type ObjectOf<S> = S extends { readonly properties: infer P }
  ? Simplify<
      { -readonly [K in keyof P as K extends Present<P, S> ? K : never]: ValueOf<P[K]> } & {
        -readonly [K in keyof P as K extends Present<P, S> ? never : K]?: ValueOf<P[K]>;
      }
    >
  : { [name: string]: S extends { readonly additionalProperties: infer A extends object } ? ValueOf<A> : unknown };

type OfType<T, S> = T extends "string"
  ? string
  : T extends "number" | "integer"
    ? number
    : T extends "boolean"
      ? boolean
      : T extends "null"
        ? null
        : T extends "array"
          ? S extends { readonly items: infer I }
            ? ValueOf<I>[]
            : unknown[]
          : T extends "object"
            ? ObjectOf<S>
            : unknown;

type ValueOf<S> = S extends { readonly const: infer C }
  ? C
  : S extends { readonly enum: readonly (infer E)[] }
    ? E
    : S extends { readonly oneOf: readonly (infer U)[] }
      ? U extends unknown
        ? ValueOf<U>
        : never
      : S extends { readonly anyOf: readonly (infer U)[] }
        ? U extends unknown
          ? ValueOf<U>
          : never
        : S extends { readonly type: readonly (infer T)[] }
          ? T extends unknown
            ? OfType<T, S>
            : never
          : S extends { readonly type: infer T }
            ? OfType<T, S>
            : unknown;

/**
 * The params that a store receives, inferred from its schema. A param with a default, or listed in `required`, is
 * always present. Understands `type` (also a list), `properties`, `required`, `default`, `items`,
 * `additionalProperties`, `const`, `enum`, `oneOf` and `anyOf`; anything else is `unknown`.
 */
export type ParamsOf<S> = ObjectOf<S>;
