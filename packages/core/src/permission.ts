import { isError } from "@cloudmarker/store-api";
import { CloudmarkerError } from "./errors.ts";

/** The option of Node for each permission, by the name that errors of Node use. */
const ALLOWING: Readonly<Record<string, string>> = {
  FileSystemRead: "--allow-fs-read",
  FileSystemWrite: "--allow-fs-write",
  WorkerThreads: "--allow-worker",
  ChildProcess: "--allow-child-process",
  Net: "--allow-net",
};

/**
 * Replaces an error of Node's `--permission` by one that names the option to use. Any other error is returned as it is.
 */
export function permissionError(error: unknown): unknown {
  if (!isError(error) || (error as { code?: unknown }).code !== "ERR_ACCESS_DENIED") return error;
  const { permission, resource } = error as { permission?: unknown; resource?: unknown };
  const option = ALLOWING[String(permission)] ?? "the option that allows it";
  const place = typeof resource === "string" && resource !== "" ? resource : undefined;
  const what = place === undefined ? "what the host needs" : `${String(permission)} of ${place}`;
  const message = `Node was started with --permission, which does not allow ${what}.`;
  const details = `Start it with ${option}${place === undefined ? "" : `=${place}`}: configuration, plugins and what they import must be readable, from their own folders up to that of the program.`;
  return new CloudmarkerError("PERMISSION_DENIED", message, { details, cause: error });
}
