import { writeProblem } from "../problems.ts";
import type { ParsedYaml } from "../parse-yaml.ts";
import { emptyMap, plainOf, type Source } from "../tree.ts";
import { isMap } from "../../realms.ts";
import { type Entry, entryOf } from "./entries.ts";
import { type Foreign, ofText, ofValue } from "./programs.ts";

/** How ours has a line: such a file is never of another program alone. */
const OURS = /^[\t ]*["']?(?:plugins|audits)["']?[\t ]*:/mu;

/**
 * If a file is the configuration of another program, nothing of it is read, and one problem says so, with the entry
 * that its output would be here.
 */
export async function refuseForeign(parsed: ParsedYaml, bytes: Uint8Array, source: Source): Promise<ParsedYaml> {
  const text = new TextDecoder().decode(bytes);
  const value = plainOf(parsed.root);
  const foreign = OURS.test(text)
    ? undefined
    : ((parsed.problems.length > 0 ? ofText(text) : undefined) ?? ofValue(isMap(value) ? value : {}));
  if (!foreign) return parsed;
  const place = (foreign.key === undefined ? undefined : parsed.root.entries.get(foreign.key)?.key) ?? {
    line: 1,
    column: 1,
  };
  const problem = { ...(await answerTo(foreign)), path: [], location: { file: source.name, ...place } };
  return { root: emptyMap(source), problems: [problem] };
}

async function answerTo({ program, outputs, others }: Foreign): Promise<ReturnType<typeof writeProblem>> {
  const entries = outputs.map(entryOf);
  const notes = entries.flatMap((entry) => entry.notes);
  const yaml = entries.length === 0 ? undefined : await yamlOf(entries);
  return writeProblem("CONFIG_FOREIGN", "file", { program, yaml, notes, others });
}

/** A whole file with these stores. */
async function yamlOf(entries: readonly Entry[]): Promise<string> {
  const plugins: Record<string, object> = {};
  for (const { plugin, params } of entries) {
    const before = Object.keys(plugins).filter((key) => key === plugin || key.startsWith(`${plugin}-`)).length;
    plugins[before === 0 ? plugin : `${plugin}-${before + 1}`] = { plugin, params };
  }
  const { yaml } = await import("../yaml.ts");
  return yaml.stringify({ plugins, audits: { default: { stores: Object.keys(plugins) } }, run: ["default"] });
}
