import { readFileSync } from "node:fs";
import module from "node:module";
import { dirname, isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";

import { isError } from "@cloudmarker/store-api";
import { errorOf } from "../errors/error-of.ts";
import { firstLine } from "../errors/plugin-words.ts";
import { type CloudmarkerError, messageOf } from "../errors.ts";
import { packageNameOf } from "./parse-ref.ts";
import { findPackageManager, installCommand } from "./package-manager.ts";
import type { FoundPlugin, PluginQuery } from "./types.ts";

/** `PLUGIN_LOAD_FAILED` for a plugin that was found but that Node cannot import, with the place in its code. */
export function loadFailed(ref: string, found: FoundPlugin, query: PluginQuery, cause: unknown): CloudmarkerError {
  const text = firstLine(messageOf(cause));
  const place = isError(cause) ? placeOf(cause, found.path) : undefined;
  const facts = { ...found, ref, location: query.location, text, place };
  switch (codeOf(cause)) {
    case "ERR_MODULE_NOT_FOUND":
    case "MODULE_NOT_FOUND": {
      const missing = /'([^']+)'/.exec(text)?.[1] ?? text;
      if (isAbsolute(missing) || missing.startsWith("."))
        return errorOf("PLUGIN_LOAD_FAILED", "fileMissing", { ...facts, missing }, { cause });
      const name = packageNameOf(missing);
      const manager = findPackageManager(query.directory, query.userAgent);
      // The dependencies of a package are installed with it.
      const command = installCommand(manager, found.packageName === undefined ? name : undefined);
      const more = { missing: name, folder: manager.directory, command };
      return errorOf("PLUGIN_LOAD_FAILED", "packageMissing", { ...facts, ...more }, { cause });
    }
    case "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX":
      return errorOf("PLUGIN_LOAD_FAILED", "typescriptSyntax", facts, { cause });
    case "ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING":
      return errorOf("PLUGIN_LOAD_FAILED", "typescriptPackage", facts, { cause });
    case "ERR_UNKNOWN_FILE_EXTENSION":
    case "ERR_IMPORT_ATTRIBUTE_MISSING":
      return errorOf("PLUGIN_LOAD_FAILED", "notJavaScript", facts, { cause });
    default:
      return errorOf("PLUGIN_LOAD_FAILED", isError(cause, "SyntaxError") ? "syntax" : "throws", facts, { cause });
  }
}

/** `PLUGIN_LOAD_FAILED` for a package that is there but has no entry to import. */
export function entryMissing(ref: string, directory: string, query: PluginQuery, cause: unknown): CloudmarkerError {
  const command = installCommand(findPackageManager(query.directory, query.userAgent));
  const text = firstLine(messageOf(cause));
  const facts = { ref, location: query.location, directory, text, command };
  return errorOf("PLUGIN_LOAD_FAILED", "noEntry", facts, { cause });
}

/**
 * `file:line:col`, from the head of the stack (a syntax error) or from its first frame outside Node; else only the
 * file.
 */
function placeOf(error: Error, path: string): string | undefined {
  const stack = error.stack ?? "";
  const place = headOf(stack) ?? frameOf(stack) ?? / imported from (.+)$/m.exec(error.message)?.[1];
  if (place !== undefined || !isError(error, "SyntaxError")) return place;
  // V8 does not report the place of a syntax error in an ES module; Node's TypeScript parser does.
  try {
    // Bun does not have this function.
    module.stripTypeScriptTypes?.(readFileSync(path, "utf8"), { sourceUrl: path });
  } catch (parseError) {
    return isError(parseError) ? headOf(parseError.stack ?? "") : undefined;
  }
  return undefined;
}

/** Node puts `FILE:LINE`, some lines of source and a line of carets above the stack of a syntax error. */
function headOf(stack: string): string | undefined {
  const [head = "", ...rest] = stack.split("\n");
  const match = /^(file:.+|[\\/].+|[A-Za-z]:\\.+):(\d+)$/.exec(head);
  const carets = rest.find((line) => /^\s*\^+\s*$/.test(line));
  return match === null ? undefined : `${plain(match[1] ?? "")}:${match[2]}:${(carets?.indexOf("^") ?? 0) + 1}`;
}

function frameOf(stack: string): string | undefined {
  const match = /^\s+at (?:.*\()?((?:file:|[\\/]|[A-Za-z]:\\).+):(\d+):(\d+)\)?$/m.exec(stack);
  const file = plain(match?.[1] ?? "");
  // For a failure inside Node, the only frame is the import in our own code.
  return match === null || dirname(file) === import.meta.dirname ? undefined : `${file}:${match[2]}:${match[3]}`;
}

function plain(file: string): string {
  return file.startsWith("file:") ? fileURLToPath(file) : file;
}

function codeOf(error: unknown): unknown {
  return isError(error) && "code" in error ? error.code : undefined;
}
