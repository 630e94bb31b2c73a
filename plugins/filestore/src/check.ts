import { open, statfs } from "node:fs/promises";
import { join } from "node:path";
import type { CheckReport } from "@cloudmarker/store-api";
import { toStoreError } from "./disk-errors.ts";
import { remove } from "./folder.ts";

/** Says whether files can be made in the folder, and how much room it has; leaves nothing. */
export async function checkFolder(folder: string, token: string): Promise<CheckReport> {
  const probe = join(folder, `.cloudmarker.${token}.check`);
  try {
    await (await open(probe, "wx", 0o600)).close();
    await remove(probe);
    const { bavail, bsize } = await statfs(folder);
    return {
      ok: true,
      code: "ok",
      message: `${folder} can be written to; ${((bavail * bsize) / 2 ** 30).toFixed(1)} GiB are free.`,
    };
  } catch (error) {
    const { code, message } = toStoreError(error, `create a file in ${folder}`);
    return { ok: false, code, message };
  }
}
