// Joins the modules that tsc made of each package into one file (and one more for each lazy import): loading eighty small files takes the
// command longer than writing a thousand records. Packages stay separate, and so do their dependencies.
import { existsSync, globSync, rmSync } from "node:fs";
import { join } from "node:path";
import { rolldown } from "rolldown";

const root = join(import.meta.dirname, "..");

for (const folder of globSync(["packages/*", "plugins/*"], { cwd: root }).toSorted()) {
  const main = join(root, folder, "dist", "main.js");
  const kit = join(root, folder, "dist", "kit", "index.js");
  const disk = join(root, folder, "dist", "kit", "disk.js");
  const worker = join(root, folder, "dist", "isolation", "worker.js");
  const input = {
    index: join(root, folder, "dist", "index.js"),
    ...(existsSync(main) && { main }),
    ...(existsSync(kit) && { kit }),
    ...(existsSync(disk) && { disk }),
    ...(existsSync(worker) && { worker }),
  };
  const external = (id: string) => !id.startsWith(".") && !id.startsWith(root);
  const build = await rolldown({ input, external, platform: "node", treeshake: { moduleSideEffects: false } });
  const dir = join(root, folder, "lib");
  rmSync(dir, { recursive: true, force: true });
  await build.write({ dir, format: "esm", entryFileNames: "[name].js", chunkFileNames: "[name]-[hash].js" });
  await build.close();
}
