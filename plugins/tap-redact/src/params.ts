import { SHAPE_NAMES, type ShapeName } from "./shapes.ts";

/** The params schema of `@cloudmarker/tap-redact`. */
export const params = {
  type: "object",
  additionalProperties: false,
  properties: {
    pointers: {
      type: "array",
      items: {
        type: "string",
        pattern: "^/(raw|ext|com)(/([^~/]|~[01])*)+$",
        description: "A JSON pointer that begins with /raw, /ext or /com, such as /raw/user/email.",
      },
      default: [],
      description:
        "JSON pointers to what is redacted, such as `/raw/user/email`. As a step, `*` stands for every key or position.",
    },
    keys: {
      type: "array",
      items: { type: "string", minLength: 1 },
      default: [],
      description:
        "Keys whose values are redacted, wherever they are in `raw` and `ext`. `*` stands for any characters; upper and lower case are the same.",
    },
    shapes: {
      type: "array",
      items: { enum: SHAPE_NAMES as readonly ShapeName[] },
      default: SHAPE_NAMES as readonly ShapeName[],
      description: "Known shapes of secrets that are redacted in every text and key of `raw` and `ext`.",
    },
    how: {
      enum: ["replace", "hash", "remove"],
      default: "replace",
      description:
        "`replace`: by the text of `by`. `hash`: by an HMAC-SHA-256, the same for the same value. `remove`: with its key.",
    },
    by: { type: "string", default: "[redacted]", description: "The text that replaces what is redacted." },
    hash_key: {
      type: "string",
      minLength: 16,
      writeOnly: true,
      description:
        "The key of `how: hash`. Without a secret key, whoever has the hash could find a short value by trying.",
    },
  },
  if: { properties: { how: { const: "hash" } }, required: ["how"] },
  // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
  then: { required: ["hash_key"] },
} as const;
