import { lstat, open, readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { parse } from "yaml";

/** What the lockfile knows about a package. */
export interface Locked {
  readonly resolution?: { readonly integrity?: string };
  readonly deprecated?: string;
}

/** One installed package: its unaltered manifest, and what the audit found. */
export interface InstalledPackage {
  /** The content of package.json, unaltered. */
  readonly manifest: Readonly<Record<string, unknown>>;
  readonly name: string;
  readonly version: string;
  /** SPDX expression; absent if the package has none. */
  readonly license?: string;
  /** Scripts that run when the package is installed, by name. */
  readonly installScripts: Readonly<Record<string, string>>;
  readonly engines: Readonly<Record<string, string>>;
  /** Names of the commands that the package installs. */
  readonly commands: readonly string[];
  /** Files of machine code, as paths inside the package. */
  readonly nativeBinaries: readonly string[];
  readonly sizeBytes: number;
  readonly fileCount: number;
  /** Hash of the downloaded archive, from the lockfile. */
  readonly integrity?: string;
  readonly deprecated?: string;
}

const INSTALL_SCRIPTS = new Set(["preinstall", "install", "postinstall"]);
const NATIVE_EXTENSIONS = new Set(["", ".node", ".exe", ".dll", ".so", ".dylib"]);
// ELF, PE and Mach-O (64 bits, either byte order, and universal).
const NATIVE_MAGIC = ["7f454c46", "4d5a", "cffaedfe", "feedfacf", "cafebabe"];

/** Folders of all packages that pnpm installed under `root`, each name and version once. */
export async function findPackages(root: string): Promise<string[]> {
  const store = join(root, "node_modules", ".pnpm");
  const found: string[] = [];
  for (const entry of await readdir(store, { withFileTypes: true })) {
    // .pnpm/NAME@VERSION_PEERS/node_modules/NAME is the package; links beside it are what the package depends on.
    if (entry.isDirectory() && entry.name.includes("@"))
      found.push(...(await packagesIn(join(store, entry.name, "node_modules"))));
  }
  return found.toSorted();
}

async function packagesIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name.startsWith(".")) continue;
    const path = join(folder, entry.name);
    if (entry.name.startsWith("@")) found.push(...(await packagesIn(path)));
    else found.push(path);
  }
  return found;
}

/** The `packages` part of pnpm-lock.yaml: what was locked, by `name@version`. */
export async function readLockfile(root: string): Promise<Readonly<Record<string, Locked>>> {
  const text = await readFile(join(root, "pnpm-lock.yaml"), "utf8");
  const lockfile: { packages?: Record<string, Locked> } | null = parse(text);
  return lockfile?.packages ?? {};
}

/** Describes the package in `folder`. */
export async function describePackage(
  folder: string,
  lock: Readonly<Record<string, Locked>>,
): Promise<InstalledPackage> {
  const manifest = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const { name, version } = manifest;
  const scripts = stringMap(manifest.scripts);
  const license = typeof manifest.license === "string" ? manifest.license : manifest.license?.type;
  const locked = lock[`${name}@${version}`];
  const integrity = locked?.resolution?.integrity;
  return {
    manifest,
    name,
    version,
    ...(license && { license }),
    installScripts: Object.fromEntries(Object.entries(scripts).filter(([script]) => INSTALL_SCRIPTS.has(script))),
    engines: stringMap(manifest.engines),
    commands: typeof manifest.bin === "string" ? [name] : Object.keys(manifest.bin ?? {}),
    ...(await describeFiles(folder)),
    ...(integrity && { integrity }),
    ...(locked?.deprecated && { deprecated: locked.deprecated }),
  };
}

async function describeFiles(
  folder: string,
): Promise<Pick<InstalledPackage, "nativeBinaries" | "sizeBytes" | "fileCount">> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const sizes = await Promise.all(files.map(async (file) => (await lstat(file)).size));
  const nativeBinaries: string[] = [];
  for (const file of files) {
    if (NATIVE_EXTENSIONS.has(extname(file)) && (await isNative(file)))
      nativeBinaries.push(file.slice(folder.length + 1));
  }
  return { nativeBinaries, sizeBytes: sizes.reduce((sum, size) => sum + size, 0), fileCount: files.length };
}

async function isNative(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    const start = buffer.toString("hex", 0, bytesRead);
    return NATIVE_MAGIC.some((magic) => start.startsWith(magic));
  } finally {
    await handle.close();
  }
}

function stringMap(value: unknown): Record<string, string> {
  const entries = Object.entries(value ?? {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  return Object.fromEntries(entries);
}
