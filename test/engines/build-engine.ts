import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type EngineName, ENGINES } from "./catalogue.ts";
import { BUILT, COMMON_JAVA, sourceFolder } from "./paths.ts";
import { hashSources, writeStamp } from "./stamp.ts";
import type { Tool } from "./tools.ts";

/** Builds an engine from its sources, into its folder of `.engines`. An error carries what the failed tool printed. */
export async function buildEngine(name: EngineName, tool: Tool): Promise<void> {
  mkdirSync(BUILT, { recursive: true });
  const folder = mkdtempSync(join(BUILT, `${name}-`));
  try {
    const sources = hashSources(name);
    if (ENGINES[name].language === "go") await buildGo(name, folder);
    else await buildJava(name, folder, tool.javaHome ?? "");
    writeStamp(folder, { sources, ...tool });
    const place = join(BUILT, name);
    rmSync(place, { recursive: true, force: true });
    renameSync(folder, place);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function buildGo(name: EngineName, folder: string): Promise<void> {
  // No C compiler needed, and no workspace that happens to lie around the repository.
  const env = { CGO_ENABLED: "0", GOWORK: "off" };
  return run("go", ["build", "-trimpath", "-o", join(folder, name), "."], sourceFolder(name), env);
}

/** The jars into `lib`, the classes into `classes`: a node starts faster from classes than from its source. */
async function buildJava(name: EngineName, folder: string, javaHome: string): Promise<void> {
  const jars = join(folder, "lib");
  const copy = ["-q", "-B", "dependency:copy-dependencies", `-DoutputDirectory=${jars}`, "-DincludeScope=runtime"];
  await run("mvn", copy, sourceFolder(name), { JAVA_HOME: javaHome });
  const sources = [COMMON_JAVA, sourceFolder(name)].flatMap((from) =>
    readdirSync(from)
      .filter((file) => file.endsWith(".java"))
      .map((file) => join(from, file)),
  );
  const args = ["-proc:none", "-d", join(folder, "classes"), "-cp", join(jars, "*"), ...sources];
  await run(join(javaHome, "bin", "javac"), args, folder);
}

/** The classes and jars of a Java engine. */
export function classPath(name: EngineName): string {
  return [join(BUILT, name, "classes"), join(BUILT, name, "lib", "*")].join(delimiter);
}

function run(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { cwd, env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024 };
    execFile(command, args, options, (error, stdout, stderr) => {
      if (error === null) resolve();
      else reject(new Error(`${command} failed (${error.code}):\n${stdout}${stderr}`));
    });
  });
}
