import type { Place } from "./byte-source.ts";
import { formatPath } from "./json-path.ts";

/** Reported if some objects along the path have its next key and others do not. The others were passed over. */
export interface PassedOver {
  /** The path as given. */
  readonly select: string;
  /** The path to the objects; empty for the documents themselves. */
  readonly at: string;
  /** The key. */
  readonly key: string;
  /** Number of objects without the key. A key with the value null counts as present. */
  readonly missing: number;
  /** Number of all objects. */
  readonly objects: number;
  /** The beginning of the first object without the key. */
  readonly first: Place;
}

interface Tally {
  objects: number;
  missing: number;
  first: Place | undefined;
}

/** For each key of a path, counts the objects that could have the key and those that lack it. */
export class Tallies {
  readonly #tallies: Tally[] = [];

  /** @param at how many keys of the path lead to the object @param place where it begins */
  count(at: number, hasKey: boolean, place: Place): void {
    this.#add(at, { objects: 1, missing: hasKey ? 0 : 1, first: hasKey ? undefined : place });
  }

  /** Adds the counts of a document that was read to its end. */
  merge(document: Tallies): void {
    for (const [at, tally] of document.#tallies.entries()) this.#add(at, tally);
  }

  /** The objects that were passed over along the first `keys` keys of the path. */
  passedOver(select: string, path: readonly string[], keys: number): readonly PassedOver[] {
    return this.#tallies.slice(0, keys).flatMap(({ objects, missing, first }, at) => {
      if (first === undefined) return [];
      return [{ select, at: formatPath(path.slice(0, at)), key: path[at] ?? "", missing, objects, first }];
    });
  }

  #add(at: number, { objects, missing, first }: Tally): void {
    while (this.#tallies.length <= at) this.#tallies.push({ objects: 0, missing: 0, first: undefined });
    const tally = this.#tallies[at] as Tally;
    tally.objects += objects;
    tally.missing += missing;
    tally.first ??= first;
  }
}
