import { open, rename, stat } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import type { Codec } from "./codec.ts";
import type { Novelty } from "./compare.ts";
import { remove } from "./folder.ts";
import { loadCodec } from "./format.ts";
import type { Pace } from "./pace.ts";
import { keepPace } from "./pace.ts";
import type { Extent } from "./record-lines.ts";
import { recordLines } from "./record-lines.ts";

const BUFFER_BYTES = 1 << 20;

/** Removes all but some of the records from a file of lines, in one step. */
export async function keepOnly(part: Extent, wanted: Pick<Novelty, "has">, pace: Pace): Promise<void> {
  const codec = await loadCodec(part.target);
  const next = `${part.path}.new`;
  const { mode } = await stat(part.path);
  await remove(next);
  const handle = await open(next, "wx", 0o600);
  try {
    let index = 0;
    let held: Buffer[] = [];
    let bytes = 0;
    const write = async (): Promise<void> => {
      if (bytes > 0) await put(handle, Buffer.concat(held), codec);
      held = [];
      bytes = 0;
    };
    for await (const lines of recordLines(part)) {
      keepPace(pace);
      for (const line of lines) {
        if (wanted.has(index)) {
          held.push(line, LINE_BREAK);
          bytes += line.length + 1;
        }
        index += 1;
      }
      if (bytes > BUFFER_BYTES) await write();
    }
    await write();
    await handle.chmod(mode & 0o777);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(next, part.path);
}

const LINE_BREAK = Buffer.from("\n");

async function put(handle: FileHandle, text: Buffer, codec: Codec | undefined): Promise<void> {
  await handle.writeFile(codec ? await codec.encode(text) : text);
}

/** The token in the name of a short-lived file of {@link keepOnly}, which a killed process leaves. */
export function rewriteToken(file: string): string | undefined {
  return /^\..+\.([0-9a-f]{12})\.tmp\.new$/.exec(file)?.[1];
}
