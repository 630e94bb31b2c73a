import { join } from "node:path";
import type { DeadLetter } from "@cloudmarker/store-api";
import { type BadLineRun, keepBadLines } from "../delivery/bad-line-file.ts";
import { DeadLetterFile } from "../delivery/dead-letter-file.ts";
import type { DiskTime } from "../disk-time.ts";
import type { BadLine } from "../reader/bad-line.ts";
import { LETTERS } from "./state-folder.ts";

/** The files of a run's dead letters, one for each store and one for the input, in the state folder. */
export class DeadLetterFiles {
  /** The state folder, known after the configuration was read. */
  folder = "";
  readonly #disk: DiskTime;
  readonly #files = new Map<string, DeadLetterFile>();

  constructor(disk: DiskTime) {
    this.#disk = disk;
  }

  /** The file of one store. */
  pathOf(audit: string, store: string): string {
    return join(this.folder, LETTERS, `${encodeURIComponent(audit)}.${encodeURIComponent(store)}.ndjson`);
  }

  /** The file of the lines of the input that are not records. */
  get inputPath(): string {
    return join(this.folder, LETTERS, "input.ndjson");
  }

  /**
   * Appends dead letters of one store, and resolves when they are on disk.
   * @throws as {@link DeadLetterFile.append}
   */
  async append(letters: readonly DeadLetter[]): Promise<void> {
    const [first] = letters;
    if (first) await this.#fileOf(first.audit, first.store).append(letters);
  }

  /**
   * Appends lines that are not records, and resolves when they are on disk.
   * @throws as {@link keepBadLines}
   */
  keepBadLines(lines: readonly BadLine[], about: BadLineRun): Promise<void> {
    return keepBadLines(this.inputPath, lines, about, this.#disk);
  }

  /** Closes the files. An error is ignored: the content is on disk already. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#files.values()].map((file) => file.close()));
  }

  #fileOf(audit: string, store: string): DeadLetterFile {
    const path = this.pathOf(audit, store);
    let file = this.#files.get(path);
    if (!file) this.#files.set(path, (file = new DeadLetterFile(path, this.#disk)));
    return file;
  }
}
