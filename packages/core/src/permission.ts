import { isError } from "@cloudmarker/store-api";
import { errorOf } from "./errors/error-of.ts";

/** The option of Node for each permission, by the name that errors of Node use. */
const ALLOWING: Readonly<Record<string, string>> = {
  FileSystemRead: "--allow-fs-read",
  FileSystemWrite: "--allow-fs-write",
  WorkerThreads: "--allow-worker",
  ChildProcess: "--allow-child-process",
  Net: "--allow-net",
};

/** Replaces an error of Node's `--permission` by one that names the option to use. Returns any other error as it is. */
export function permissionError(error: unknown): unknown {
  if (!isError(error) || (error as { code?: unknown }).code !== "ERR_ACCESS_DENIED") return error;
  const { permission, resource } = error as { permission?: unknown; resource?: unknown };
  const option = ALLOWING[String(permission)];
  const place = typeof resource === "string" && resource !== "" ? resource : undefined;
  return errorOf("PERMISSION_DENIED", "denied", { permission: String(permission), place, option }, { cause: error });
}
