import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/**
 * Loads the packages that a module depends on: what they make in the process (the AWS SDK makes the global
 * `awslambda`) is not of the module. A package that cannot be loaded so is left to the module.
 * @param path absolute
 */
export function loadDependencies(path: string): void {
  const load = createRequire(path);
  for (const name of dependenciesOf(path)) {
    try {
      load(name);
    } catch {
      // It has only parts, or needs `import`.
    }
  }
}

function dependenciesOf(path: string): readonly string[] {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const file = join(folder, "package.json");
    if (existsSync(file)) {
      const { dependencies = {}, peerDependencies = {} } = JSON.parse(readFileSync(file, "utf8")) as Record<
        string,
        object | undefined
      >;
      return Object.keys({ ...dependencies, ...peerDependencies });
    }
    if (dirname(folder) === folder) return [];
  }
}
