import { isObject } from "../realms.ts";
import { withTimeout } from "../with-timeout.ts";
import { isPackageFile, type LoadedFile, loadFile, loadPackageKey } from "./load-file.ts";
import type { ProjectSearch } from "./search-places.ts";

/** Time for one folder, in milliseconds: a disk may hang. */
const FOLDER_TIMEOUT_MS = 30_000;

/** The part of cosmiconfig's class that is used here; the class has no published types. */
interface Explorer {
  search(from: string): Promise<{ readonly config?: unknown; readonly filepath: string } | null>;
}
interface ExplorerModule {
  readonly Explorer: new (options: object) => Explorer;
}

/**
 * Lets cosmiconfig find the first place that exists in a folder, and load it. The loaders are our own: they keep
 * positions and run no code.
 *
 * It uses the class behind `cosmiconfig()` (10.0.1). The function itself first looks for a configuration of cosmiconfig
 * in the current folder of the process, and runs `.config/config.js` there. The class does that only if it gets
 * a `metaConfigFilePath`.
 * @throws the error of the file system; Error if the file is too large or is not read in time
 */
export async function explore(folder: string, search: ProjectSearch): Promise<LoadedFile | undefined> {
  const { moduleName, places, clock } = search;
  // Loaded only if there is a configuration file.
  const { Explorer } = (await import("cosmiconfig/dist/Explorer.js")) as unknown as ExplorerModule;
  const explorer = new Explorer({
    moduleName,
    searchPlaces: places,
    searchStrategy: "none",
    metaConfigFilePath: null,
    // Not the text that cosmiconfig read: only the bytes show the encoding and a byte order mark.
    loaders: { default: (path: string) => load(path, folder, search) },
    // An empty file is a mistake: it is reported, and the search does not go on.
    ignoreEmptySearchPlaces: false,
    applyPackagePropertyPathToConfiguration: false,
    cache: false,
    transform: (result: unknown) => result,
  });
  const searching = explorer.search(folder);
  const result = await withTimeout(searching, FOLDER_TIMEOUT_MS, clock, `the search in ${folder} did not end`);
  if (!result) return undefined;
  if (isLoaded(result.config)) return result.config;
  // Cosmiconfig calls no loader for an empty file.
  return loadFile(result.filepath, folder, clock);
}

async function load(path: string, folder: string, search: ProjectSearch): Promise<unknown> {
  if (!isPackageFile(path)) return loadFile(path, folder, search.clock);
  const file = await loadPackageKey(path, search);
  // Cosmiconfig reads our key from this object. It has no prototype, since the key may be the name of a member of
  // `Object`.
  return Object.assign(Object.create(null), file && { [search.moduleName]: file });
}

function isLoaded(config: unknown): config is LoadedFile {
  return isObject(config) && "parsed" in config;
}
