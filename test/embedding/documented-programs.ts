import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The programs of a page of the documentation, each by the file that its first line names. */
export class DocumentedPrograms {
  readonly names: readonly string[];
  readonly #programs: ReadonlyMap<string, string>;

  /** @param page its name in `docs` */
  constructor(page: string) {
    const text = readFileSync(join(import.meta.dirname, "../../docs", page), "utf8");
    this.#programs = new Map(
      Array.from(text.matchAll(/```js\n\/\/ (\S+)\n(.*?)```/gs), ([, name = "", program = ""]) => [name, program]),
    );
    this.names = [...this.#programs.keys()];
  }

  /** @returns a folder with these programs in it, made in `parent` */
  folderIn(parent: string, names: readonly string[]): string {
    const folder = join(parent, names[0] ?? "");
    mkdirSync(folder, { recursive: true });
    for (const name of names) writeFileSync(join(folder, name), this.#programs.get(name) ?? "");
    return folder;
  }
}
