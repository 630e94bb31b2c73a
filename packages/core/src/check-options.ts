import { type ProblemText, writeProblem } from "./config/problems.ts";
import { errorOf } from "./errors/error-of.ts";
import type { CloudmarkerError, ConfigProblem } from "./errors.ts";
import { isGivenMap, isPlainObject, isThenable } from "./realms.ts";
import { typeWords } from "./validation/show.ts";
import { suggest } from "./validation/suggest.ts";

type Path = readonly (string | number)[];

/** Checks one option and adds its problems. `of` names the call that has the option, such as `createHost()`. */
export type Check = (value: unknown, path: Path, of: string, problems: ConfigProblem[]) => void;

/** A check for every option. */
export type Checks<T> = { readonly [Name in keyof Required<T>]: Check };

/** A check of one value. @param words what it must be @param hint what to do instead, for a mistake that is likely */
export function must(
  words: string,
  test: (value: unknown) => boolean,
  hint: (value: unknown) => string | undefined = () => undefined,
): Check {
  return (value, path, of, problems) => {
    if (test(value)) return;
    const advice = isThenable(value) ? "Await it first." : hint(value);
    const facts = { name: nameOf(path), of, wanted: words, found: what(value), advice };
    problems.push({ ...writeProblem("type", "option", facts), path });
  };
}

/** A check of texts that says what is wrong with a text. @param fault such as "must not have blanks." */
export function mustNot(words: string, fault: (text: string) => string | undefined): Check {
  return (value, path, of, problems) => {
    if (typeof value !== "string" || value === "") return must(words, () => false)(value, path, of, problems);
    const wrong = fault(value);
    if (wrong !== undefined)
      problems.push({
        ...writeProblem("invalid", "option", { name: nameOf(path), of, value, problem: wrong }),
        path,
      });
  };
}

/** The check of an option that has options of its own. */
export function mustHave<T>(checks: Checks<T>): Check {
  return (value, path, of, problems) => {
    if (isGivenMap(value)) checkMembers(value, checks, path, of, problems);
    else must("an object", isGivenMap)(value, path, of, problems);
  };
}

/** The check of a list. */
export function mustList(words: string, item: Check): Check {
  return (value, path, of, problems) => {
    if (!Array.isArray(value)) return must(words, Array.isArray)(value, path, of, problems);
    for (const [index, one] of value.entries()) item(one, [...path, index], of, problems);
  };
}

/** The check of a map. */
export function mustMap(words: string, item: Check): Check {
  return (value, path, of, problems) => {
    if (!isGivenMap(value)) return must(words, isGivenMap)(value, path, of, problems);
    for (const [key, one] of Object.entries(value)) item(one, [...path, key], of, problems);
  };
}

/** Data that nests deeper is refused, and so is what contains itself. */
const DEEPEST = 100;

/** The check of a plain object that JSON can hold as it is. A member that is undefined counts as absent. */
export const mustBeData: Check = (value, path, of, problems) => {
  if (isPlainMap(value)) checkData(value, path, of, problems);
  else must("a plain object", isPlainMap)(value, path, of, problems);
};

function checkData(value: unknown, path: Path, of: string, problems: ConfigProblem[]): void {
  const check = must("data that JSON can hold", isScalar);
  if (path.length > DEEPEST) must(`nested in at most ${DEEPEST} others`, () => false)(value, path, of, problems);
  else if (Array.isArray(value)) mustList("", checkData)(value, path, of, problems);
  else if (!isPlainMap(value)) check(value, path, of, problems);
  else {
    for (const [key, one] of Object.entries(value)) {
      if (one !== undefined) checkData(one, [...path, key], of, problems);
    }
  }
}

function isScalar(value: unknown): boolean {
  return value === null || isText(value) || isFlag(value) || Number.isFinite(value);
}

/** Not an instance of a class: its content may be hidden, and nothing of it would be read. */
export function isPlainMap(value: unknown): value is Record<string, unknown> {
  return isPlainObject(value) && isGivenMap(value);
}

/**
 * Finds what is wrong with options: unknown names and values of the wrong kind. An option that is undefined counts as
 * absent.
 */
export function checkOptions<T>(
  options: unknown,
  checks: Checks<T>,
  of: string,
  advice?: string,
): readonly ConfigProblem[] {
  if (options === undefined) return NONE;
  const problems: ConfigProblem[] = [];
  if (isGivenMap(options)) checkMembers(options, checks, [], of, problems);
  else problems.push({ ...writeProblem("type", "options", { of, found: what(options), advice }), path: [] });
  return problems;
}

/**
 * The error of a method that got wrong options; undefined if the options are right. @param needed options that must be
 * given
 */
export function optionError<T>(
  options: unknown,
  checks: Checks<T>,
  of: string,
  needed: readonly (keyof T & string)[] = [],
): CloudmarkerError | undefined {
  const problems = checkOptions(options, checks, of);
  const absent = needed.filter((name) => !isGivenMap(options) || options[name] === undefined);
  if (problems.length === 0 && absent.length === 0) return undefined;
  const missing = absent.map((name) => `${of} needs the option ${name}.`);
  return errorOf("OPTION_INVALID", "wrong", { messages: [...problems.map(({ message }) => message), ...missing] });
}

export const isText = (value: unknown): boolean => typeof value === "string";
export const isFilled = (value: unknown): boolean => typeof value === "string" && value !== "";
export const isFunction = (value: unknown): boolean => typeof value === "function";
export const isFlag = (value: unknown): boolean => typeof value === "boolean";

/** Whether a value has these functions. */
export function hasFunctions(...names: readonly string[]): (value: unknown) => boolean {
  return (value) => isGivenMap(value) && names.every((name) => typeof value[name] === "function");
}

const NONE: readonly ConfigProblem[] = [];

function checkMembers<T>(
  given: Readonly<Record<string, unknown>>,
  checks: Checks<T>,
  path: Path,
  of: string,
  problems: ConfigProblem[],
): void {
  for (const name of Object.keys(given)) {
    const check = Object.hasOwn(checks, name) ? checks[name as keyof T] : undefined;
    if (!check) problems.push({ ...unknown(name, given, checks, path, of), path: [...path, name] });
    else if (given[name] !== undefined) check(given[name], [...path, name], of, problems);
  }
}

function unknown(name: string, given: object, checks: object, path: Path, of: string): ProblemText {
  const where = path.length === 0 ? of : `${nameOf(path)} of ${of}`;
  const known = Object.keys(checks);
  const absent = known.filter((one) => !Object.hasOwn(given, one));
  return writeProblem("unknown_key", "option", { where, name, known, meant: suggest(name, absent) });
}

/** `origin.key`, `taps[0]`. */
function nameOf(path: Path): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    return text === "" ? key : `${text}.${key}`;
  }, "");
}

function what(value: unknown): string {
  if (value === undefined) return "undefined";
  if (value === "") return "an empty string";
  if (Array.isArray(value) && value.length === 0) return "an empty list";
  return isThenable(value) ? "a promise" : typeWords(value);
}
