import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { loadConfig, type LoadOptions } from "../../src/config/load-config.ts";
import type { LoadedConfig } from "../../src/config/types.ts";
import { ConfigError, type ConfigProblem } from "../../src/errors.ts";

/** A folder of its own with these files, gone after the test. */
export function folderWith(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "cloudmarker-config-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

/** Loads one configuration file of this text. */
export async function load(
  text: string | Uint8Array,
  options: Partial<LoadOptions> = {},
): Promise<{ folder: string; loaded: LoadedConfig }> {
  const folder = folderWith({ "c.yaml": text });
  return { folder, loaded: await loadConfig({ cwd: folder, home: folder, env: {}, files: ["c.yaml"], ...options }) };
}

/** All problems as a person sees them, sorted, with the folder taken out. */
export function linesOf({ folder, loaded }: { folder: string; loaded: LoadedConfig }): string[] {
  return linesOfProblems(loaded.problems, folder);
}

/** The problems as a person sees them, sorted, with the folder taken out. */
export function linesOfProblems(problems: readonly ConfigProblem[], folder: string): string[] {
  if (problems.length === 0) return [];
  return (new ConfigError(problems).details ?? "").replaceAll(`${folder}/`, "").split("\n");
}
