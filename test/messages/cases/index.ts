import type { MistakeCase } from "../score.ts";
import { ADDRESSES, BOTH } from "./connections.ts";
import { HABITS } from "./habits.ts";
import { FOREIGN_KEYS, PLUGINS } from "./names.ts";
import { FOREIGN_FILES, SHAPES } from "./shapes.ts";
import { LITERALS, UNITS, YAML_VALUES } from "./values.ts";

/** Configurations with mistakes, by kind. */
export const CASES: Readonly<Record<string, readonly MistakeCase[]>> = {
  "a number without its unit": UNITS,
  "a text that is taken literally": LITERALS,
  "a value of YAML": YAML_VALUES,
  "params that exclude each other": BOTH,
  "an address or a name that a server refuses": ADDRESSES,
  "a plugin's name": PLUGINS,
  "a key of another program": FOREIGN_KEYS,
  "a habit from another tool": HABITS,
  "a wrong shape": SHAPES,
  "a file of another program": FOREIGN_FILES,
};
