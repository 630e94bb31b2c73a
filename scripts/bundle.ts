// Joins the modules that tsc made of each package into one file (and one more for each lazy import): loading eighty small files takes the
// command longer than writing a thousand records. Packages stay separate, and so do their dependencies.
import { existsSync, globSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Plugin, rolldown } from "rolldown";

const root = join(import.meta.dirname, "..");

/**
 * tsc wraps what is imported by a name that is known only later, in case it is a relative one of TypeScript. Ours are URLs, and the minifier
 * of webpack (terser) makes wrong code of the wrapper.
 */
const plainImports: Plugin = {
  name: "plain-imports",
  transform: (code) => code.replaceAll(/\bimport\(__rewriteRelativeImportExtension\(([^()]*)\)\)/g, "import($1)"),
};

const builtinsAtRuntime: Plugin = {
  name: "builtins-at-runtime",
  resolveId: (id) => (id.startsWith("node:") ? `\0${id}` : null),
  load(id) {
    if (!id.startsWith("\0node:")) return null;
    return { code: `module.exports = process.getBuiltinModule(${JSON.stringify(id.slice(1))});`, moduleType: "js" };
  },
};

const folders = globSync(["packages/*", "plugins/*"], { cwd: root }).toSorted();

for (const folder of folders) {
  const main = join(root, folder, "dist", "main.js");
  const kit = join(root, folder, "dist", "kit", "index.js");
  const disk = join(root, folder, "dist", "kit", "disk.js");
  const input = {
    index: join(root, folder, "dist", "index.js"),
    ...(existsSync(main) && { main }),
    ...(existsSync(kit) && { kit }),
    ...(existsSync(disk) && { disk }),
  };
  const external = (id: string) => !id.startsWith(".") && !id.startsWith(root);
  const treeshake = { moduleSideEffects: false };
  const build = await rolldown({ input, external, platform: "node", treeshake, plugins: [plainImports] });
  const dir = join(root, folder, "lib");
  rmSync(dir, { recursive: true, force: true });
  await build.write({ dir, format: "esm", entryFileNames: "[name].js", chunkFileNames: "[name]-[hash].js" });
  await build.close();
}
// After all packages: what such a file takes from another one is joined there by now.
for (const folder of folders) {
  const worker = join(root, folder, "dist", "isolation", "worker.js");
  if (existsSync(worker)) await bundleAlone(worker, join(root, folder, "lib", "worker.js"));
}

/**
 * Makes a file that runs wherever it is copied to, as people do who bundle their program: it has all of its dependencies in it, and neither
 * `import` nor `require`, so that it runs as an ES module and as CommonJS.
 */
async function bundleAlone(input: string, file: string): Promise<void> {
  // These two do something when they are imported.
  const moduleSideEffects = (id: string) => id === input || id.endsWith("serve-thread.js");
  const plugins = [builtinsAtRuntime, plainImports];
  const build = await rolldown({
    input,
    platform: "node",
    treeshake: { moduleSideEffects },
    plugins,
    // An import that cannot be resolved would be left for whoever runs the file.
    onwarn: (warning) => {
      throw new Error(`${input}: ${warning.message}`);
    },
  });
  await build.write({ file, format: "iife" });
  await build.close();
}
