import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { isError } from "@cloudmarker/store-api";

/** Imports a module by the path of its file. */
export async function importFile(path: string): Promise<unknown> {
  const { href } = pathToFileURL(path);
  try {
    // Bundlers must leave this import as it is: the path is known only when the program runs.
    return await import(/* webpackIgnore: true */ /* @vite-ignore */ href);
  } catch (error) {
    if (cannotImport(error, href)) return createRequire(path)(path) as unknown;
    throw error;
  }
}

/**
 * Whether `import()` cannot load files, as in a single executable and in a script of `node:vm`. There `require` loads
 * ES modules as well.
 */
function cannotImport(error: unknown, href: string): boolean {
  const { code, message } = (isError(error) ? error : {}) as { readonly code?: unknown; readonly message?: string };
  if (code === "ERR_UNKNOWN_BUILTIN_MODULE") return message?.includes(href) === true;
  return code === "ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING" || code === "ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING_FLAG";
}
