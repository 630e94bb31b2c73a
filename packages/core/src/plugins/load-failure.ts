import { readFileSync } from "node:fs";
import module from "node:module";
import { dirname, isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";

import { isError } from "@cloudmarker/store-api";
import { CloudmarkerError, messageOf } from "../errors.ts";
import { packageNameOf } from "./parse-ref.ts";
import { findPackageManager, installCommand } from "./package-manager.ts";
import type { FoundPlugin, PluginQuery } from "./types.ts";
import { askedAt, firstLine, packageLabel, quoteRef } from "./message-parts.ts";

/** `PLUGIN_LOAD_FAILED` for a plugin that was found and that Node cannot import, with the place in its code. */
export function loadFailed(ref: string, found: FoundPlugin, query: PluginQuery, cause: unknown): CloudmarkerError {
  const { what, remedy } = explain(found, query, cause);
  const place = isError(cause) ? placeOf(cause, found.path) : undefined;
  return new CloudmarkerError("PLUGIN_LOAD_FAILED", `Plugin ${quoteRef(ref)} ${what}`, {
    details: [
      ...askedAt(query.location),
      `Imported from ${found.path}${labelOf(found)}.`,
      ...(place === undefined ? [] : [`It fails at ${place}.`]),
      ...(remedy === undefined ? [] : [remedy]),
    ].join("\n"),
    cause,
  });
}

/** `PLUGIN_LOAD_FAILED` for a plugin whose import does not come to its end. */
export function loadTooSlow(ref: string, found: FoundPlugin, query: PluginQuery, ms: number): CloudmarkerError {
  return new CloudmarkerError(
    "PLUGIN_LOAD_FAILED",
    `Plugin ${quoteRef(ref)} did not finish loading within ${ms / 1000} s.`,
    {
      details: [
        ...askedAt(query.location),
        `Imported from ${found.path}${labelOf(found)}.`,
        "It, or a module that it imports, awaits at its top level what does not come. What takes its time belongs into open().",
      ].join("\n"),
    },
  );
}

/** `PLUGIN_LOAD_FAILED` for a package that is there but has no entry to import. */
export function entryMissing(ref: string, directory: string, query: PluginQuery, cause: unknown): CloudmarkerError {
  const manager = findPackageManager(query.directory, query.userAgent);
  return new CloudmarkerError(
    "PLUGIN_LOAD_FAILED",
    `Plugin ${quoteRef(ref)} is installed but has no entry to import.`,
    {
      details: [
        ...askedAt(query.location),
        `Found in ${directory}: ${firstLine(messageOf(cause))}.`,
        `It is not built, its "exports" are wrong, or the installation is damaged: ${installCommand(manager)}`,
      ].join("\n"),
      cause,
    },
  );
}

interface Explanation {
  readonly what: string;
  readonly remedy?: string;
}

function explain(found: FoundPlugin, query: PluginQuery, cause: unknown): Explanation {
  const text = firstLine(messageOf(cause));
  switch (codeOf(cause)) {
    case "ERR_MODULE_NOT_FOUND":
    case "MODULE_NOT_FOUND":
      return missingDependency(found, query, text);
    case "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX":
      return {
        what: `has TypeScript syntax that Node cannot run: ${text}.`,
        remedy:
          "Node only removes types. Use a const object for an enum, fields for parameter properties, or compile it to .js.",
      };
    case "ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING":
      return {
        what: "is TypeScript inside node_modules, which Node does not run.",
        remedy: "Its author has to publish compiled JavaScript.",
      };
    case "ERR_UNKNOWN_FILE_EXTENSION":
    case "ERR_IMPORT_ATTRIBUTE_MISSING":
      return {
        what: `is not a JavaScript module: ${text}.`,
        remedy: "A plugin is a .js, .mjs, .cjs, .ts or .mts file.",
      };
    default:
      return {
        what: `${isError(cause, "SyntaxError") ? "has a syntax error" : "throws when it is imported"}: ${text}`,
      };
  }
}

function missingDependency(found: FoundPlugin, query: PluginQuery, text: string): Explanation {
  const missing = /'([^']+)'/.exec(text)?.[1] ?? text;
  if (isAbsolute(missing) || missing.startsWith(".")) {
    return {
      what: `imports a file that does not exist: ${missing}`,
      remedy: "It is not built, or not installed whole.",
    };
  }
  const name = packageNameOf(missing);
  const manager = findPackageManager(query.directory, query.userAgent);
  const remedy =
    found.packageName === undefined
      ? `Install it in ${manager.directory}: ${installCommand(manager, name)}`
      : `Try ${installCommand(manager)}; if that does not help, the author of ${found.packageName} has to add ${name} to its dependencies.`;
  return { what: `needs the package ${quoteRef(name)}, which is not installed.`, remedy };
}

/** `file:line:col`, from the head of the stack (a syntax error) or its first frame outside Node; at least the file. */
function placeOf(error: Error, path: string): string | undefined {
  const stack = error.stack ?? "";
  const place = headOf(stack) ?? frameOf(stack) ?? / imported from (.+)$/m.exec(error.message)?.[1];
  if (place !== undefined || !isError(error, "SyntaxError")) return place;
  // V8 keeps the place of a syntax error in an ES module to itself; Node's TypeScript parser tells it.
  try {
    // Bun has none.
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
  // A failure inside Node has nothing but the import in our own code above it.
  return match === null || dirname(file) === import.meta.dirname ? undefined : `${file}:${match[2]}:${match[3]}`;
}

function plain(file: string): string {
  return file.startsWith("file:") ? fileURLToPath(file) : file;
}

function labelOf(found: FoundPlugin): string {
  return found.packageName === undefined ? "" : ` (${packageLabel(found.packageName, found.version)})`;
}

function codeOf(error: unknown): unknown {
  return isError(error) && "code" in error ? error.code : undefined;
}
