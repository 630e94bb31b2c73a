import { isCloudmarkerError } from "@cloudmarker/core";
import { isError } from "@cloudmarker/store-api";
import { unreadableInput } from "../errors.ts";

/** What the commonest errors of the system mean for an input. */
export const WHY: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "permission denied",
  ENOTDIR: "a part of the path is not a folder",
  ELOOP: "its links go round in a circle",
  EISDIR: "is a folder",
  EBADF: "is not open for reading",
  ENXIO: "there is no such device",
};

/** An errno as one of our errors. Anything else is a bug and must not look like a bad input. */
export function asInputError(name: string, error: unknown): unknown {
  if (isCloudmarkerError(error) || !isError(error) || !("errno" in error)) return error;
  const why = "code" in error ? WHY[String(error.code)] : undefined;
  const message = why === undefined ? error.message : `${why} (${error.message})`;
  return unreadableInput(name, message, error);
}
