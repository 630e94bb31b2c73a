import { join } from "node:path";
import commonjs from "@rollup/plugin-commonjs";
import json from "@rollup/plugin-json";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import { build as esbuild } from "esbuild";
import { rollup } from "rollup";
import webpack from "webpack";
import { runProgram } from "../support/run-program.ts";

/** Programs to bundle: one with FileStore, one with the stores across a network. */
export type Program = "program" | "servers";

const fileOf = (program: Program): string => join(import.meta.dirname, `${program}.js`);
const VITE = join(import.meta.dirname, "../node_modules/.bin/vite");

/** The CommonJS dependencies call `require`, which an ES module does not have. */
const REQUIRE =
  'import { createRequire as makeRequire } from "node:module"; const require = makeRequire(import.meta.url);';

// Their types are those of CommonJS, and they are ES modules.
const commonJs = commonjs as unknown as typeof commonjs.default;
const jsonFiles = json as unknown as typeof json.default;

/** Bundles a program with all that it imports into a folder, and resolves to the path of the bundle. */
export type Bundle = (folder: string, program: Program) => Promise<string>;

/** The bundlers, each as its manual has it for a program on Node. */
export const BUNDLERS: Readonly<Record<string, Bundle>> = {
  async "esbuild, cjs"(folder, program) {
    const outfile = join(folder, `${program}.cjs`);
    const options = { bundle: true, platform: "node", format: "cjs", logLevel: "silent" } as const;
    await esbuild({ ...options, entryPoints: [fileOf(program)], outfile });
    return outfile;
  },
  async "esbuild, esm"(folder, program) {
    const outfile = join(folder, `${program}.mjs`);
    const options = { bundle: true, platform: "node", format: "esm", logLevel: "silent" } as const;
    await esbuild({ ...options, entryPoints: [fileOf(program)], outfile, banner: { js: REQUIRE } });
    return outfile;
  },
  async rollup(folder, program) {
    const plugins = [nodeResolve({ exportConditions: ["node"], preferBuiltins: true }), commonJs(), jsonFiles()];
    const bundle = await rollup({ input: { [program]: fileOf(program) }, plugins, logLevel: "silent" });
    await bundle.write({ dir: folder, format: "esm", entryFileNames: "[name].mjs", chunkFileNames: "[name].mjs" });
    return join(folder, `${program}.mjs`);
  },
  async "vite, SSR"(folder, program) {
    // As a program: its types do not agree with those of the vite that vitest brings along.
    await runProgram(import.meta.dirname, VITE, [
      "build",
      "--ssr",
      fileOf(program),
      "--outDir",
      folder,
      "--logLevel",
      "error",
    ]);
    return join(folder, `${program}.mjs`);
  },
  async "webpack 5"(folder, program) {
    const output = { path: folder, filename: `${program}.cjs` };
    // Smaller names prove nothing, and take half a minute.
    const optimization = { minimize: false };
    const compiler = webpack({ mode: "production", target: "node", entry: fileOf(program), output, optimization });
    await new Promise<void>((resolve, reject) => {
      compiler?.run((error, stats) => {
        if (!error && stats?.hasErrors() === false) resolve();
        else reject(error ?? new Error(stats?.toString({ all: false, errors: true })));
      });
    });
    return join(folder, `${program}.cjs`);
  },
};
