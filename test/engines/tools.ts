import { execFile } from "node:child_process";
import { existsSync, globSync, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { type EngineName, ENGINES } from "./catalogue.ts";
import { sourceFolder } from "./paths.ts";

/** What builds an engine: its version, and for Java the home of the JDK that also runs it. */
export interface Tool {
  readonly version: string;
  readonly javaHome?: string;
}

/** The tool for an engine, or the name of what is missing. */
export async function findTool(name: EngineName): Promise<Tool | string> {
  const recipe = ENGINES[name];
  if (recipe.language === "go") {
    const version = await output("go", ["version"], sourceFolder(name));
    return version === undefined ? `Go ${recipe.go} or later` : { version };
  }
  const jdk = (await findJdks()).find(({ major }) => major >= recipe.java);
  if (jdk === undefined) return `a JDK of Java ${recipe.java} or later`;
  return onPath("mvn") === undefined ? "Maven" : { version: jdk.version, javaHome: jdk.home };
}

interface Jdk {
  readonly home: string;
  readonly version: string;
  readonly major: number;
}

let found: Promise<readonly Jdk[]> | undefined;

/** The JDKs of this machine, in the order of preference: JAVA_HOME, the system's folder, the PATH. */
function findJdks(): Promise<readonly Jdk[]> {
  found ??= lookForJdks();
  return found;
}

async function lookForJdks(): Promise<readonly Jdk[]> {
  const java = onPath("java");
  const onThePath = java === undefined ? [] : [join(dirname(realpathSync(java)), "..")];
  const homes = [process.env["JAVA_HOME"] ?? "", ...globSync("/usr/lib/jvm/*").toSorted(), ...onThePath];
  // A runtime without compiler is no help, and the same JDK often has several names.
  const real = homes
    .filter((home) => home !== "" && existsSync(join(home, "bin", "javac")))
    .map((h) => realpathSync(h));
  const jdks = await Promise.all([...new Set(real)].map((home) => ask(home)));
  return jdks.filter((jdk) => jdk !== undefined);
}

async function ask(home: string): Promise<Jdk | undefined> {
  const version = await output(join(home, "bin", "java"), ["-version"], home);
  const major = /version "(\d+)/.exec(version ?? "")?.[1];
  return version === undefined || major === undefined ? undefined : { home, version, major: Number(major) };
}

function onPath(command: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.map((folder) => join(folder, command)).find((path) => existsSync(path));
}

/** What a command prints, Java on stderr; undefined if it cannot be run. */
function output(command: string, args: readonly string[], cwd: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd }, (error, stdout, stderr) =>
      resolve(error ? undefined : `${stdout}${stderr}`.trim()),
    );
  });
}
