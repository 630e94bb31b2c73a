import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { unreadable } from "../support/readable.ts";
import { createHost, formatProblem, type Location } from "@cloudmarker/core";

/** What must be said about a mistake: its code, or `warning`, and words of the mend. */
export type Said = readonly [code: string, ...mend: (string | RegExp)[]];

/** A configuration with one or more mistakes. */
export interface MistakeCase {
  /** What a person did. */
  readonly name: string;
  /** The file. `▸` stands in front of each place that must be named; it is not part of the file. */
  readonly yaml: string;
  /** What must be said, in the order of the places. */
  readonly says: readonly Said[];
  readonly env?: Readonly<Record<string, string>>;
  /** Files beside the configuration. */
  readonly files?: Readonly<Record<string, string>>;
  /** The stores try their servers as well, as in `cloudmarker check`. */
  readonly isTried?: boolean;
}

/** How many of the three facts hold. */
export interface Score {
  readonly points: number;
  /** What is missing, and what was said instead. */
  readonly lacks: readonly string[];
}

/** One thing that a person reads. */
interface Shown {
  readonly code: string;
  readonly place: string;
  readonly text: string;
}

/** The plugins of this workspace are found from here. */
const BUNDLED = fileURLToPath(new URL(".", import.meta.url));
const MARK = "▸";

/** Scores what is said about a configuration: the code, the place, the mend. */
export async function scoreOf(one: MistakeCase): Promise<Score> {
  const { text, places } = unmarked(one.yaml);
  if (places.length !== one.says.length) throw new Error(`${one.name}: as many places as messages, please`);
  const folder = mkdtempSync(join(tmpdir(), "cloudmarker-messages-"));
  try {
    for (const [name, content] of Object.entries({ ...one.files, "c.yaml": text })) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), content);
    }
    return judge(one, places, await shownFor(folder, one));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function shownFor(folder: string, { env = {}, isTried = false }: MistakeCase): Promise<readonly Shown[]> {
  const file = join(folder, "c.yaml");
  await using host = createHost({
    configFile: file,
    cwd: folder,
    home: folder,
    env,
    bundledFrom: [BUNDLED],
    stateDir: join(folder, "state"),
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  });
  const { problems, warnings } = await host.inspect();
  const checks = isTried && problems.length === 0 ? await host.check() : [];
  const placeOf = (location: Location | undefined): string =>
    location === undefined ? "" : `${location.file === file ? "" : location.file}${location.line}:${location.column}`;
  return [
    ...problems.map((problem) => ({
      code: problem.code,
      place: placeOf(problem.location),
      text: formatProblem(problem).replaceAll(`${folder}/`, ""),
    })),
    ...warnings.map((warning) => {
      const text = warning.replaceAll(`${folder}/`, "");
      return { code: "warning", place: /c\.yaml:(\d+:\d+)/u.exec(text)?.[1] ?? "", text };
    }),
    ...checks
      .filter(({ ok }) => !ok)
      .map(({ code, message, location }) => ({ code, place: placeOf(location), text: message })),
  ];
}

function judge({ says }: MistakeCase, places: readonly string[], shown: readonly Shown[]): Score {
  const lacks: string[] = [];
  const facts = { code: true, place: true, mend: true };
  const left = [...shown];
  for (const [index, [code, ...mend]] of says.entries()) {
    const place = places[index] ?? "";
    const best = left
      .map((one) => ({ one, code: one.code === code, place: one.place === place, mend: hasAll(one.text, mend) }))
      .toSorted((a, b) => pointsOf(b) - pointsOf(a))[0];
    if (best) left.splice(left.indexOf(best.one), 1);
    for (const fact of ["code", "place", "mend"] as const) {
      if (best?.[fact] === true) continue;
      facts[fact] = false;
      lacks.push(`${fact}: wanted ${code} at ${place} with ${mend.map(String).join(" and ")}`);
    }
  }
  // What is said beside it is noise, and hides the mistake.
  const noise = left.filter((one) => one.code !== "warning");
  if (noise.length > 0) {
    facts.code = false;
    lacks.push("code: more is said than is wrong");
  }
  // Also of what may be said beside it.
  const riddles = shown.flatMap(({ text }) => unreadable(text));
  if (riddles.length > 0) {
    facts.mend = false;
    lacks.push(...riddles);
  }
  if (lacks.length > 0)
    lacks.push(...shown.map(({ code, place, text }) => `  said [${code}] at ${place || "no place"}: ${text}`));
  return { points: Object.values(facts).filter(Boolean).length, lacks };
}

function pointsOf({ code, place, mend }: { code: boolean; place: boolean; mend: boolean }): number {
  return Number(code) + 2 * Number(place) + Number(mend);
}

function hasAll(text: string, words: readonly (string | RegExp)[]): boolean {
  return words.every((word) => (typeof word === "string" ? text.includes(word) : word.test(text)));
}

/** The file without its marks, and where they stood. */
function unmarked(marked: string): { text: string; places: readonly string[] } {
  const places: string[] = [];
  const lines = marked.split("\n").map((line, index) => {
    let rest = line;
    for (let at = rest.indexOf(MARK); at !== -1; at = rest.indexOf(MARK)) {
      places.push(`${index + 1}:${at + 1}`);
      rest = rest.slice(0, at) + rest.slice(at + 1);
    }
    return rest;
  });
  return { text: lines.join("\n"), places };
}

/** A file with one store whose params are these lines. */
export function storeFile(plugin: string, ...params: string[]): string {
  return `plugins:
  it:
    plugin: ${plugin}
${params.length > 0 ? `    params:\n${params.map((line) => `      ${line}\n`).join("")}` : ""}audits:
  nightly:
    stores: [it]
`;
}

/** A file with a sound store, and these lines at the top level. */
export function topFile(...lines: string[]): string {
  return `${lines.map((line) => `${line}\n`).join("")}plugins:
  it:
    plugin: filestore
    params: { path: ./out }
audits:
  nightly:
    stores: [it]
`;
}
