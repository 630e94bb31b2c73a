import type { Json } from "./json.ts";

/**
 * JSON Schema of a plugin's params: an object schema of draft 2020-12, or of draft-07 if `$schema` says so. Defaults
 * stand only here. `writeOnly: true` marks a secret, which is never shown. `description` becomes the line of the docs
 * table.
 */
export interface ParamsSchema {
  readonly $schema?: string;
  readonly type: "object";
  readonly title?: string;
  readonly description?: string;
  readonly properties?: { readonly [name: string]: ParamSchema };
  readonly required?: readonly string[];
  /** Unknown params are refused unless this is `true`. */
  readonly additionalProperties?: boolean | ParamSchema;
  readonly [keyword: string]: unknown;
}

/** The schema of one param, or of a part of it. Every keyword of JSON Schema is allowed. */
export interface ParamSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: Json | readonly Json[];
  readonly enum?: readonly Json[];
  readonly const?: Json;
  readonly writeOnly?: boolean;
  readonly properties?: { readonly [name: string]: ParamSchema };
  readonly required?: readonly string[];
  readonly items?: ParamSchema;
  readonly [keyword: string]: unknown;
}

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
