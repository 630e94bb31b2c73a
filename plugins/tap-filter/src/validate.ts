import type { ParamsProblem } from "@cloudmarker/store-api";
import { patternOf } from "./condition.ts";

/** The keys that say what a condition asks. */
const KINDS = ["equals", "in", "at_least", "matches", "exists", "and", "or", "not"] as const;

type Fields = Readonly<Record<string, unknown>>;
type Path = readonly (string | number)[];

/** What the schema cannot say of `keep` and `drop`. */
export function validate(given: Fields): readonly ParamsProblem[] {
  if (Object.keys(given).length === 0)
    return [{ path: [], message: "params has neither keep nor drop: nothing would be filtered. Give one of them." }];
  return Object.entries(given).flatMap(([name, condition]) => problemsIn(condition as Fields, [name]));
}

function problemsIn(condition: Fields, path: Path): readonly ParamsProblem[] {
  const kinds = KINDS.filter((kind) => condition[kind] !== undefined);
  const [kind] = kinds;
  if (!kind) return [{ path, message: `${nameOf(path)} asks nothing. Give one of ${KINDS.join(", ")}.` }];
  if (kinds.length > 1)
    return [{ path, message: `${nameOf(path)} has ${kinds.join(" and ")}. Give one of them, or join two with and.` }];
  const at = [...path, kind];
  const value = condition[kind];
  switch (kind) {
    case "and":
    case "or":
      return (value as readonly Fields[]).flatMap((one, index) => problemsIn(one, [...at, index]));
    case "not":
      return problemsIn(value as Fields, at);
    case "matches":
      return problemOfPattern(String(value), at);
    case "at_least":
      return problemOfOrder(value, condition["order"], at);
    default:
      return [];
  }
}

function problemOfPattern(pattern: string, path: Path): readonly ParamsProblem[] {
  try {
    patternOf(pattern);
    return [];
  } catch (error) {
    return [{ path, message: `${nameOf(path)} is no pattern: ${(error as Error).message}.` }];
  }
}

function problemOfOrder(least: unknown, order: unknown, path: Path): readonly ParamsProblem[] {
  const name = nameOf(path);
  if (typeof least === "number")
    return order === undefined ? [] : [{ path, message: `${name} is a number, and order is for texts.` }];
  if (!Array.isArray(order))
    return [{ path, message: `${name} is a text. Give order too: the texts from the least, such as [LOW, HIGH].` }];
  if (order.includes(least)) return [];
  return [{ path, message: `${name} is "${String(least)}", which is not in order (${order.join(", ")}).` }];
}

/** As the host writes it: `params.keep.and[0].matches`. */
function nameOf(path: Path): string {
  return path.reduce<string>((name, step) => name + (typeof step === "number" ? `[${step}]` : `.${step}`), "params");
}
