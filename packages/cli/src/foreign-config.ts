import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import type { Session } from "./session.ts";

/** How a line of a configuration of Filebeat, Fluent Bit, Logstash or Vector may begin. */
const THEIRS =
  /^[\t ]*(?:(?:input|filter|output)[\t ]*\{|\[(?:service|input|output|sinks|sources)\b|["']?(?:sinks|sources|pipeline|output|filebeat)\b["']?[.:])/imu;

/** How ours has a line: such a file is never of another program alone. */
const OURS = /^[\t ]*["']?(?:plugins|audits)["']?[\t ]*:/mu;

/** Larger files are not looked at. */
const MOST_BYTES = 1024 * 1024;

/**
 * Files that `-c` names may be of another program: then what would be read of them is nothing, and records would go to
 * the default store.
 * @throws CommandError CONFIG_FOREIGN
 */
export async function refuseForeign(files: readonly string[], session: Session): Promise<void> {
  for (const file of files) {
    const text = textOf(resolve(session.world.cwd, file));
    if (OURS.test(text) || !THEIRS.test(text)) continue;
    const answer = await (await import("./foreign/answer.ts")).answerTo(file, text, session);
    if (answer) throw answer;
  }
}

/** The text of a regular file. A pipe can be read once only, and not here. */
function textOf(path: string): string {
  try {
    const stats = statSync(path);
    return stats.isFile() && stats.size <= MOST_BYTES ? readFileSync(path, "utf8") : "";
  } catch {
    // Whoever needs the file says so.
    return "";
  }
}
