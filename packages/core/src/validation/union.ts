import { isMap } from "../realms.ts";
import { takes } from "./plain-value.ts";
import { inPlace, propertiesOf } from "./schema-walk.ts";
import type { Schema } from "./schema-walk.ts";

/** The branch of a union for which a wrong value was meant. */
export type Choice =
  | { readonly kind: "branch"; readonly index: number }
  /** All branches list values, and the value is not among them. */
  | { readonly kind: "values"; readonly known: readonly unknown[] }
  /** The key that tells the branches apart has a value that no branch knows. */
  | { readonly kind: "tag"; readonly tag: string; readonly known: readonly unknown[]; readonly present: boolean }
  | { readonly kind: "none"; readonly typeFits: boolean };

interface Branch {
  readonly index: number;
  readonly type: unknown;
  /** The values that the branch lists, if it lists values. */
  readonly values: readonly unknown[] | undefined;
  readonly properties: ReadonlyMap<string, Schema>;
}

/**
 * Finds the branch by the type of the value, then by the values of tags (`const` or `enum` properties), then by the
 * keys of the value.
 */
export function chooseBranch(root: Schema, branches: readonly unknown[], value: unknown): Choice {
  const all = branches.map((schema, index) => branchOf(root, isMap(schema) ? schema : {}, index));
  let fitting = all.filter(
    (branch) => takes(branch.type, value) && (branch.type !== undefined || sameKind(branch.values, value)),
  );
  const [only] = fitting;
  if (only === undefined) return { kind: "none", typeFits: false };

  if (fitting.every((branch) => branch.values))
    return { kind: "values", known: [...new Set(fitting.flatMap((branch) => branch.values ?? []))] };
  if (fitting.length === 1) return { kind: "branch", index: only.index };
  if (!isMap(value)) return { kind: "none", typeFits: true };

  for (const tag of tagsOf(root, fitting)) {
    const known = fitting.flatMap((branch) => valuesOf(root, branch.properties.get(tag)) ?? []);
    const present = Object.hasOwn(value, tag);
    const matching = fitting.filter((branch) => valuesOf(root, branch.properties.get(tag))?.includes(value[tag]));
    const [match] = matching;
    if (match === undefined) return { kind: "tag", tag, known, present };
    if (matching.length === 1) return { kind: "branch", index: match.index };
    fitting = matching;
  }

  const keys = Object.keys(value);
  const scored = fitting.map(({ index, properties }) => ({
    index,
    score: keys.filter((key) => properties.has(key)).length,
  }));
  const [best, second] = scored.toSorted((a, b) => b.score - a.score);
  if (best && best.score > (second?.score ?? 0)) return { kind: "branch", index: best.index };
  return { kind: "none", typeFits: true };
}

/** The values of the tag that the branches of a `discriminator` know. */
export function tagValues(root: Schema, branches: unknown, tag: string): unknown[] {
  const schemas = Array.isArray(branches) ? branches.filter(isMap) : [];
  return schemas.flatMap((schema) => valuesOf(root, propertiesOf(root, [schema]).get(tag)) ?? []);
}

function branchOf(root: Schema, schema: Schema, index: number): Branch {
  const certain = [...inPlace(root, [schema], true)];
  const type = certain.find((one) => one.type !== undefined)?.type;
  const properties = propertiesOf(root, certain);
  return {
    index,
    type: type ?? (properties.size > 0 ? "object" : undefined),
    values: valuesOf(root, schema),
    properties,
  };
}

/** The properties that every branch has and for which it lists values. */
function tagsOf(root: Schema, branches: readonly Branch[]): string[] {
  const names = [...(branches[0]?.properties.keys() ?? [])];
  return names.filter((name) => branches.every((branch) => valuesOf(root, branch.properties.get(name))));
}

function valuesOf(root: Schema, schema: Schema | undefined): readonly unknown[] | undefined {
  if (schema === undefined) return undefined;
  for (const one of inPlace(root, [schema], true)) {
    if (one.const !== undefined) return [one.const];
    if (Array.isArray(one.enum)) return one.enum;
  }
  return undefined;
}

function sameKind(values: readonly unknown[] | undefined, value: unknown): boolean {
  return values === undefined || values.some((one) => typeof one === typeof value);
}
