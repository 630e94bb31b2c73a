import { isPlain } from "../validation/plain-value.ts";
import type { Path, Schema } from "../validation/schema-walk.ts";
import { visitParams } from "../validation/secrets.ts";
import { filledUserInfo } from "../config/references.ts";
import type { FilledValue } from "../config/types.ts";
import { userInfosIn } from "./needles.ts";

/** Deeper levels of a secret value are not read. */
const MAX_DEPTH = 100;

/**
 * Collects the texts of a plugin's params that no message may contain: every secret of its schema, the user info of
 * URLs, and texts from `${…}` in params that the schema does not name, since they may be secrets.
 * @param filledInto - the texts that `${…}` put into the value at a path of the params
 * @param isOpen - whether the text at a path is a reference that could not be resolved, which is no secret
 */
export function collectSecrets(
  root: Schema,
  params: unknown,
  filledInto: (path: Path) => Pick<FilledValue, "written" | "texts"> | undefined,
  isOpen: (path: Path, text: string) => boolean,
): Set<string> {
  const secrets = new Set<string>();
  visitParams(root, params, (path, node, kind) => {
    const { written = "", texts = [] } = filledInto(path) ?? {};
    if (kind === "secret") addScalars(node, path, 0);
    else if (kind !== "public" && texts.length > 0) add(String(node), ...texts);
    else if (typeof node === "string") add(...userInfosIn(node), ...filledUserInfo(written, texts));
  });
  return secrets;

  function add(...texts: readonly string[]): void {
    for (const text of texts) secrets.add(text);
  }

  function addScalars(value: unknown, path: Path, depth: number): void {
    if (typeof value === "string" && isOpen(path, value)) return;
    if (typeof value === "string" || typeof value === "number" || typeof value === "bigint")
      add(String(value), ...(filledInto(path)?.texts ?? []));
    else if (isPlain(value) && depth < MAX_DEPTH)
      for (const [key, child] of Object.entries(value)) {
        addScalars(child, [...path, Array.isArray(value) ? Number(key) : key], depth + 1);
      }
  }
}
