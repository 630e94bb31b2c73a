import { type DeadLetters, readRecords } from "@cloudmarker/core";
import type { DeadLetter } from "@cloudmarker/store-api";
import { asInputError } from "../input/input-error.ts";
import { findSources, type Source } from "../input/sources.ts";
import type { CommonOptions } from "../options.ts";
import { count } from "../render/text.ts";
import type { World } from "../world.ts";
import { parseLetter } from "./letter-lines.ts";

/** What is added to the state folder in one call, at most. */
const MOST_LETTERS = 1_000;
const MOST_CHARACTERS = 1024 * 1024;

/** A record has 64 MiB at most, and its line some more. */
const MOST_BYTES = 128 * 1024 * 1024;

/** Lines that are named. */
const MOST_SAMPLES = 10;

/** What was read of files of dead letters. */
export interface LettersRead {
  /** Their numbers in the state folder. */
  readonly ids: readonly number[];
  /** How many lines and objects were skipped, since they are no dead letters. */
  readonly skipped: number;
  /** The first of them: where each is, and what is wrong. */
  readonly samples: readonly string[];
  /** Files that could not be read to their end. */
  readonly problems: readonly { readonly input: string; readonly error: unknown }[];
}

/**
 * Reads files of dead letters into the state folder, where those that were read before stay as they are: records and
 * ids as they stand in the files. Lines that are no dead letters, such as one that a kill tore, are skipped.
 * @throws UsageError, CloudmarkerError INPUT_UNREADABLE before anything is read
 */
export async function readLetterFiles(
  files: readonly string[],
  letters: Pick<DeadLetters, "add">,
  { config }: CommonOptions,
  world: World,
): Promise<LettersRead> {
  const sources = await findSources(files, world, config, async () => undefined);
  const reading = new Reading(letters);
  for (const source of sources) {
    // oxlint-disable-next-line no-await-in-loop -- one file after the other
    await reading.read(source);
  }
  return reading;
}

/** For a person: how many lines were skipped, and the first of them. */
export function describeSkipped({ skipped, samples }: LettersRead): string {
  const all =
    skipped === 1 ? "1 line is no dead letter, and was" : `${count(skipped, "line")} are no dead letters, and were`;
  const more = skipped - samples.length;
  const rest = more > 0 ? [`… and ${count(more, "more line")}`] : [];
  return [`${all} skipped`, ...[...samples, ...rest].map((line) => `  ${line}`)].join("\n");
}

class Reading implements LettersRead {
  readonly ids: number[] = [];
  readonly samples: string[] = [];
  readonly problems: { input: string; error: unknown }[] = [];
  skipped = 0;
  readonly #letters: Pick<DeadLetters, "add">;
  #found: DeadLetter[] = [];
  #characters = 0;

  constructor(letters: Pick<DeadLetters, "add">) {
    this.#letters = letters;
  }

  async read(source: Source): Promise<void> {
    const { name, size } = source;
    const batches = readRecords(source.open(), {
      name,
      ...(size !== undefined && { size }),
      maxRecordBytes: MOST_BYTES,
      onBadLines: (lines) => {
        for (const { line, reason } of lines) this.#skip(`${name}:${line}: ${reason}`);
      },
    });
    for (;;) {
      let next: Awaited<ReturnType<typeof batches.next>>;
      try {
        // oxlint-disable-next-line no-await-in-loop -- one batch after the other
        next = await batches.next();
      } catch (error) {
        this.problems.push({ input: name, error: asInputError(name, error) });
        break;
      }
      if (next.done) break;
      for (const { text } of next.value) {
        const letter = parseLetter(text);
        if (!letter) {
          this.#skip(`${name}: an object, but no dead letter: ${text.slice(0, 60)}${text.length > 60 ? "…" : ""}`);
          continue;
        }
        this.#found.push(letter);
        this.#characters += letter.json.length;
        // oxlint-disable-next-line no-await-in-loop -- so that memory stays bounded
        if (this.#found.length >= MOST_LETTERS || this.#characters >= MOST_CHARACTERS) await this.#add();
      }
    }
    await this.#add();
  }

  #skip(what: string): void {
    this.skipped += 1;
    if (this.samples.length < MOST_SAMPLES) this.samples.push(what);
  }

  async #add(): Promise<void> {
    if (this.#found.length === 0) return;
    const found = this.#found;
    this.#found = [];
    this.#characters = 0;
    this.ids.push(...(await this.#letters.add(found)));
  }
}
