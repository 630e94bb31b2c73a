import { Failure } from "./failure.ts";

const FORBIDDEN = ["\\", "/", "*", "?", '"', "<", ">", "|", " ", ",", "#"];

/**
 * Rules of an index name.
 * @throws {Failure} where the name breaks one
 */
export function checkIndexName(name: string): void {
  const why = complaint(name);
  if (why === undefined) return;
  const fields = { index_uuid: "_na_", index: name };
  throw new Failure(400, "invalid_index_name_exception", `Invalid index name [${name}], ${why}`, { fields });
}

function complaint(name: string): string | undefined {
  if (name === "") return "must not be empty";
  if (FORBIDDEN.some((character) => name.includes(character)))
    return `must not contain the following characters [${FORBIDDEN.join(", ")}]`;
  if (name.includes(":")) return "must not contain ':'";
  if (/^[_+-]/.test(name)) return "must not start with '_', '-', or '+'";
  if (name === "." || name === "..") return "must not be '.' or '..'";
  if (Buffer.byteLength(name) > 255) return `index name is too long, (${Buffer.byteLength(name)} > 255)`;
  return name === name.toLowerCase() ? undefined : "must be lowercase";
}
