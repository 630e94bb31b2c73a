import { getSystemErrorMap } from "node:util";
import { messageOf } from "@cloudmarker/core";
import { isError } from "@cloudmarker/store-api";

/** An error of the system in words, with its code in brackets: `no space left on device (ENOSPC)`. */
export function systemText(error: unknown): string {
  const errno = isError(error) && "errno" in error ? Number(error.errno) : 0;
  const [code, words] = getSystemErrorMap().get(errno) ?? [];
  return code === undefined ? messageOf(error) : `${words} (${code})`;
}
