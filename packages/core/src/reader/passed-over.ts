import type { Place } from "./byte-source.ts";
import { formatPath } from "./json-path.ts";
import type { PathNode } from "./path-tree.ts";

/** Reported if some objects along the paths have a next key and others have none. The others were passed over. */
export interface PassedOver {
  /** The path to the objects; empty for the documents themselves. */
  readonly at: string;
  /** The keys that lead on from there; one for a single path. */
  readonly keys: readonly string[];
  /** Number of objects with none of the keys. A key with the value null counts as present. */
  readonly missing: number;
  /** Number of all objects. */
  readonly objects: number;
  /** The beginning of the first object with none of them. */
  readonly first: Place;
}

interface Tally {
  objects: number;
  missing: number;
  first: Place | undefined;
}

/** For each place on the way to the records, counts the objects there and those that lead no further. */
export class Tallies {
  readonly #tallies = new Map<PathNode, Tally>();

  /** @param at the place of the object @param place where the object begins */
  count(at: PathNode, leadsOn: boolean, place: Place): void {
    this.#add(at, { objects: 1, missing: leadsOn ? 0 : 1, first: leadsOn ? undefined : place });
  }

  /** Adds the counts of a document that was read to its end. */
  merge(document: Tallies): void {
    for (const [at, tally] of document.#tallies) this.#add(at, tally);
  }

  /** The objects that were passed over, the nearest to the top first. @param isTold whether a place is of interest */
  passedOver(isTold: (at: PathNode) => boolean): readonly PassedOver[] {
    return [...this.#tallies]
      .toSorted(([a], [b]) => a.keys.length - b.keys.length)
      .flatMap(([at, { objects, missing, first }]) => {
        if (first === undefined || !isTold(at)) return [];
        return [{ at: formatPath(at.keys), keys: [...at.next.keys()], missing, objects, first }];
      });
  }

  #add(at: PathNode, { objects, missing, first }: Tally): void {
    const tally = this.#tallies.get(at);
    if (!tally) return void this.#tallies.set(at, { objects, missing, first });
    tally.objects += objects;
    tally.missing += missing;
    tally.first ??= first;
  }
}
