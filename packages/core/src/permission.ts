import { isError } from "@cloudmarker/store-api";
import { CloudmarkerError } from "./errors.ts";

/** The options of Node that allow what its permission model refuses, by the name that its errors have for it. */
const ALLOWING: Readonly<Record<string, string>> = {
  FileSystemRead: "--allow-fs-read",
  FileSystemWrite: "--allow-fs-write",
  WorkerThreads: "--allow-worker",
  ChildProcess: "--allow-child-process",
  Net: "--allow-net",
};

/** What Node's `--permission` refused, told with the option that allows it; any other error as it is. */
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
