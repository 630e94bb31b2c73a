import { createRequire } from "node:module";
import { join } from "node:path";

const installed = createRequire(join(import.meta.dirname, "../package.json"));

/** The packages of npm that hold the binaries, without a script that would put them elsewhere. */
const BINARIES = {
  bun: (system: string) => ["@oven/bun-", system, "/bin/bun"].join(""),
  deno: (system: string) => ["@deno/", system, system.startsWith("linux") ? "-glibc" : "", "/deno"].join(""),
} as const;

/** The path of a runtime for this platform, out of npm's packages. */
export function binaryOf(name: keyof typeof BINARIES): string {
  const { platform, arch } = process;
  const isArm = arch === "arm64" && name === "bun";
  const file = BINARIES[name](`${platform}-${isArm ? "aarch64" : arch}`) + (platform === "win32" ? ".exe" : "");
  return createRequire(installed.resolve(`${name}/package.json`)).resolve(file);
}

// `.ci/run` asks for a path.
const [, program, name] = process.argv;
if (program === import.meta.filename && (name === "bun" || name === "deno")) process.stdout.write(binaryOf(name));
