import { existsSync, globSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import {
  CompilerState,
  ConsoleMessageId,
  Extractor,
  ExtractorConfig,
  type ExtractorMessage,
  ExtractorLogLevel,
} from "@microsoft/api-extractor";

/** How the report of one entry stands to the entry. */
export interface ApiReport {
  /** Path below the root, such as `docs/api/store-api.api.md`. */
  readonly report: string;
  /** What people import, such as `@cloudmarker/store-api`; undefined where nothing has this report. */
  readonly entry?: string;
  /**
   * As it was before anything was written. `stale`: there is no such entry. `failed`: the declarations cannot be read.
   */
  readonly state: "same" | "changed" | "missing" | "stale" | "failed";
  /** Of `changed` the lines that differ, of `failed` why. */
  readonly details: string;
}

/** What a published package offers under one name. */
interface Entry {
  readonly name: string;
  readonly folder: string;
  /** Its declarations, below the root. */
  readonly types: string;
  readonly fileName: string;
}

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, string | { readonly types?: string }>>;
}

const workspace = join(import.meta.dirname, "..");
const FOLDER = "docs/api";

/**
 * Compares the public API of each published package below `root`, as its declarations have it, with the report that is
 * kept of it.
 * @param write brings the reports up to date
 */
export function apiReports(root: string, write: boolean): ApiReport[] {
  const entries = globSync("{packages,plugins}/*/package.json", { cwd: root })
    .toSorted()
    .flatMap((path) => entriesOf(root, path));
  const built = entries.filter(({ types }) => existsSync(join(root, types)));
  const configs = new Map(built.map((entry) => [entry, configOf(root, entry)]));
  const [first] = configs.values();
  if (write) mkdirSync(join(root, FOLDER), { recursive: true });
  // All entries share one program: most of the time goes into reading the declarations of Node.
  const compilerState =
    first && CompilerState.create(first, { additionalEntryPoints: built.map(({ types }) => join(root, types)) });
  const reports = entries.map((entry): ApiReport => {
    const config = configs.get(entry);
    const outcome =
      config && compilerState
        ? extract(config, compilerState, write)
        : ({ state: "failed", details: `there is no ${entry.types}` } as const);
    return { report: `${FOLDER}/${entry.fileName}`, entry: entry.name, ...outcome };
  });
  return [...reports, ...staleReports(root, entries, write)];
}

function entriesOf(root: string, path: string): Entry[] {
  const { name, private: isPrivate, exports = {} }: Manifest = JSON.parse(readFileSync(join(root, path), "utf8"));
  if (isPrivate) return [];
  const folder = path.slice(0, -"/package.json".length);
  return Object.entries(exports).flatMap(([key, target]) => {
    if (typeof target === "string" || target.types === undefined) return [];
    const entry = name + key.slice(".".length);
    const fileName = `${entry.replace(/^@[^/]+\//, "").replaceAll("/", ".")}.api.md`;
    return { name: entry, folder, types: join(folder, target.types), fileName };
  });
}

function configOf(root: string, { folder, types, fileName }: Entry): ExtractorConfig {
  const base = JSON.parse(readFileSync(join(workspace, "tsconfig.base.json"), "utf8"));
  const typeRoots = [join(workspace, "node_modules", "@types")];
  // The compiler of our own has checked the declarations already.
  const compilerOptions = { ...base.compilerOptions, typeRoots, skipLibCheck: true };
  const quiet = { default: { logLevel: ExtractorLogLevel.None } };
  return ExtractorConfig.prepare({
    configObject: {
      projectFolder: join(root, folder),
      mainEntryPointFilePath: join(root, types),
      newlineKind: "lf",
      compiler: { overrideTsconfig: { compilerOptions, files: [join(root, types)] } },
      apiReport: {
        enabled: true,
        // Such as the params of a store: nobody can import them, and yet a change of them is one of the API.
        includeForgottenExports: true,
        reportFileName: fileName,
        reportFolder: join(root, FOLDER),
        reportTempFolder: join(root, ".cache", "api"),
      },
      docModel: { enabled: false },
      // These would be written into the report, with paths of the sources.
      messages: { extractorMessageReporting: quiet, tsdocMessageReporting: quiet },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(root, folder, "package.json"),
  });
}

function extract(
  config: ExtractorConfig,
  compilerState: CompilerState,
  write: boolean,
): Pick<ApiReport, "state" | "details"> {
  const isMissing = !existsSync(config.reportFilePath);
  const errors: string[] = [];
  let diff = "";
  const messageCallback = (message: ExtractorMessage): void => {
    message.handled = true;
    if (message.messageId === ConsoleMessageId.ApiReportDiff) {
      // What is before names the two files, one of them in a temporary folder.
      diff = message.text.slice(message.text.indexOf("@@"));
    } else if (message.logLevel === ExtractorLogLevel.Error) errors.push(message.text);
  };
  try {
    const { apiReportChanged } = Extractor.invoke(config, {
      compilerState,
      localBuild: write,
      printApiReportDiff: true,
      messageCallback,
    });
    if (errors.length > 0) return { state: "failed", details: errors.join("\n") };
    if (isMissing) return { state: "missing", details: "" };
    return apiReportChanged ? { state: "changed", details: diff } : { state: "same", details: "" };
  } catch (error) {
    return { state: "failed", details: String(error) };
  }
}

function staleReports(root: string, entries: readonly Entry[], write: boolean): ApiReport[] {
  const wanted = new Set(entries.map(({ fileName }) => fileName));
  const stale = globSync(`${FOLDER}/*.api.md`, { cwd: root }).filter((report) => !wanted.has(basename(report)));
  if (write) for (const report of stale) rmSync(join(root, report));
  return stale.toSorted().map((report) => ({ report, state: "stale", details: "" }));
}
