import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** An export, with the first sentence of its documentation. */
export type DocumentedExport = readonly [name: string, what: string];

const DECLARATION =
  /^\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport (?:async function|abstract class|function|const|class|interface|type) (\w+)/gm;
const EXPORTED = /^export (?:async function|abstract class|function|const|class|interface|type) (\w+)/gm;

/**
 * What a module and its siblings export, in the order of the alphabet.
 * @param path of the module; of an `index.ts`, all of the folder
 * @throws Error for an export without documentation
 */
export function documentedExports(path: string): DocumentedExport[] {
  const files = path.endsWith("index.ts") ? exportedBy(path) : [path];
  const found = files.flatMap((file): DocumentedExport[] => {
    const source = readFileSync(file, "utf8");
    const documented = new Map(
      Array.from(source.matchAll(DECLARATION), ([, comment = "", name = ""]) => [name, firstSentence(comment)]),
    );
    return Array.from(source.matchAll(EXPORTED), ([, name = ""]) => {
      const what = documented.get(name);
      if (what === undefined) throw new Error(`${file}: ${name} has no documentation.`);
      return [name, what];
    });
  });
  return found.toSorted(([one], [other]) => one.localeCompare(other, "en"));
}

function exportedBy(index: string): string[] {
  const folder = join(index, "..");
  const lines = readFileSync(index, "utf8").matchAll(/^export \* from "\.\/(.+)";$/gm);
  const names = new Set(Array.from(lines, ([, name = ""]) => name));
  return globSync("*.ts", { cwd: folder })
    .filter((file) => names.has(file))
    .map((file) => join(folder, file));
}

function firstSentence(comment: string): string {
  const text = comment
    .replaceAll(/^\s*\*? ?/gm, "")
    .replace(/\n@[\s\S]*$/, "")
    .replaceAll(/\{@link ([^}]+?)\s*\}/g, (_, target: string) => `\`${target}\``)
    // The ids of our own lists say nothing to others.
    .replaceAll(/ \([A-Z]+-\d+(?:, [A-Z]+-\d+)*\)/g, "")
    .replaceAll(/\s+/g, " ")
    .trim();
  const [sentence = text] = /^.*?[.](?=\s|$)/.exec(text.replaceAll(/\b(such as|e\.g\.) /g, "$1 ")) ?? [];
  return sentence;
}
