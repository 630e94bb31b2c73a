import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { platform } from "node:os";
import { dirname } from "node:path";
import { taskQueue } from "@cloudmarker/store-kit/tasks";
import { makeFolder, syncFolder } from "@cloudmarker/store-kit/disk";
import { systemClock } from "../clock.ts";
import { DiskTime } from "../disk-time.ts";

const NEWLINE = 0x0a;

/**
 * Opening does not wait for the other end of a pipe in place of the file, and follows no link. Windows has neither
 * flag.
 */
const FLAGS =
  constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);

/** A file to which whole lines are appended. For the owner alone (mode 0600, folder 0700): they may be secret. */
export class LineFile {
  readonly path: string;
  readonly #disk: DiskTime;
  #opening: Promise<FileHandle> | undefined;
  readonly #inTurn = taskQueue();

  /** Touches nothing until the first line. */
  constructor(path: string, disk: DiskTime = new DiskTime(systemClock)) {
    this.path = path;
    this.#disk = disk;
  }

  /**
   * Appends lines, each with its line break, and resolves when they are on disk. On an error none of them is in the
   * file. Calls are done one by one.
   * @throws the error of the file system, such as ENOSPC; if the disk does not answer, the result is unknown
   */
  append(lines: readonly string[]): Promise<void> {
    return this.#disk.within(this.path, () => this.#inTurn(() => this.#append(lines)));
  }

  /**
   * Closes the file after what is being written. A later append opens it again.
   * @throws where the disk does not answer; it is then closed when it does
   */
  close(): Promise<void> {
    // It also begins if no caller waits for it.
    const closed = this.#inTurn(() => this.#close());
    closed.catch(() => undefined);
    return this.#disk.within(this.path, () => closed);
  }

  async #close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    await (await opening)?.close();
  }

  async #append(lines: readonly string[]): Promise<void> {
    if (lines.length === 0) return;
    const file = await this.#open();
    const { size } = await file.stat();
    const torn = size > 0 && (await lastByte(file, size)) !== NEWLINE;
    // A part of a line that a killed process left is ended, so that it does not become part of another line.
    const data = Buffer.from((torn ? "\n" : "") + lines.join(""));
    let offset = 0;
    try {
      while (offset < data.length) {
        // A write may take less than it is given, above all on a disk that is nearly full.
        // oxlint-disable-next-line no-await-in-loop -- each write starts where the last one ended
        offset += (await file.write(data, offset, data.length - offset, null)).bytesWritten;
      }
      await file.sync();
    } catch (error) {
      // A full disk may have taken half a line. If another process has appended since, its lines are worth more.
      if ((await file.stat()).size === size + offset) await file.truncate(size);
      throw error;
    }
  }

  async #open(): Promise<FileHandle> {
    this.#opening ??= openPrivate(this.path);
    try {
      return await this.#opening;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }
}

async function openPrivate(path: string): Promise<FileHandle> {
  const folder = dirname(path);
  const made = await makeFolder(folder, { mode: 0o700 });
  const file = await open(path, FLAGS, 0o600);
  try {
    const found = await file.stat();
    if (!found.isFile()) throw new Error(`${path} is not a regular file`);
    // One that was there before may be open to others.
    if ((found.mode & 0o077) !== 0 && platform() !== "win32") await file.chmod(0o600);
    for (const one of [folder, ...made.map((name) => dirname(name))]) await syncNames(one);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The name of a new file is on disk only when its folder is. A folder that this user may not read cannot be synced. */
async function syncNames(folder: string): Promise<void> {
  try {
    await syncFolder(folder);
  } catch (error) {
    if (!["EPERM", "EACCES"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}

async function lastByte(file: FileHandle, size: number): Promise<number | undefined> {
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0];
}
