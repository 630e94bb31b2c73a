import { type Com, type Remark, parsePointer } from "@cloudmarker/store-api";
import { grouped } from "./grouped.ts";
import { Piece } from "./piece.ts";
import { sha256 } from "./sha256.ts";

/** What a record's id is made of beside the record itself. */
export class Identity {
  /** Run id: the same record has another id in another run. */
  readonly run: string;
  /** Paths of the values that identify a record. */
  readonly paths: readonly (readonly string[])[];
  /** The same for all stores of an audit. */
  readonly key: string;
  /** What the part of an id that is not the record's is made of. */
  readonly prefix: string;
  #mask: string | undefined;
  readonly #pointers: readonly string[];
  /** Of each pointer, whether it has led to a scalar so far. */
  readonly #isFound: boolean[];
  /** Records that the pointers were tried on. */
  #tried = 0;

  constructor(run: string, pointers: readonly string[]) {
    this.run = run;
    this.paths = pointers.map(parsePointer);
    this.key = JSON.stringify([run, ...pointers]);
    this.prefix = `${JSON.stringify(run)}\n`;
    this.#pointers = pointers;
    this.#isFound = pointers.map(() => false);
  }

  /** SHA-256 of {@link Identity.prefix}, a character for each byte. */
  get mask(): string {
    return (this.#mask ??= sha256(this.prefix));
  }

  /** The pointers were tried on a record; `isFound` says of each whether it led to a scalar. */
  tried(isFound: readonly boolean[]): void {
    this.#tried++;
    for (const [at, found] of isFound.entries()) if (found) this.#isFound[at] = true;
  }

  /** Pointers that have led to nothing in any record (L-05). */
  remarks(audit: string): readonly Remark[] {
    const count = this.#tried;
    if (count === 0) return [];
    const records = `${grouped(count)} ${count === 1 ? "record" : "records"}`;
    return this.#pointers.flatMap((pointer, at) => {
      if (this.#isFound[at]) return [];
      const what = `audits.${audit}.id: ${pointer} led to no text, number or boolean in any of ${records} without com.record_id`;
      const message = `${what}: nothing of it is in their ids.`;
      return [{ code: "unmatched_pointer", count, of: count, message, sample: pointer }];
    });
  }
}

/** The part of `com` that the host writes into every record for one store, prepared once. Made by {@link makeStamp}. */
export class Stamp {
  readonly com: Com;
  /** What ends the text of a record: the stamp's keys, and the brackets that close `com` and the record. */
  readonly tail: Piece;
  /** The same where `com` has no key of its own, without the comma. */
  readonly bareTail: Piece;
  readonly identity: Identity;
  /** What records of events get in its place. */
  readonly forEvents: Stamp;
  readonly #keys: readonly string[];
  #last: { readonly own: Com; readonly merged: Com } | undefined;

  constructor(com: Com, identity: Identity, ofEvents?: Com) {
    this.com = Object.freeze({ ...com });
    this.#keys = Object.keys(com);
    const bare = `${JSON.stringify(com).slice(1)}}`;
    this.bareTail = new Piece(bare);
    this.tail = bare === "}}" ? this.bareTail : new Piece(`,${bare}`);
    this.identity = identity;
    this.forEvents = ofEvents ? new Stamp(ofEvents, identity) : this;
  }

  /** A record's own `com` and the stamp; the last result is kept, since wrapped records of one origin share theirs. */
  merge(own: Com): Com {
    if (this.#last?.own !== own) this.#last = { own, merged: Object.freeze({ ...this.#without(own), ...this.com }) };
    return this.#last.merged;
  }

  /** Keys that the stamp replaces go: in the text the stamp's stand at the end. */
  #without(own: Com): Com {
    const replaced = this.#keys.filter((key) => Object.hasOwn(own, key));
    if (replaced.length === 0) return own;
    return Object.fromEntries(Object.entries(own).filter(([key]) => !replaced.includes(key)));
  }
}

/**
 * Prepares the stamp of a store.
 * @param com `audit_key`, `audit_version` and `target_*`
 * @param identity shared by the stores of an audit
 */
export function makeStamp(com: Com, identity: Identity): Stamp {
  // The predecessor sent the records of event plugins to a list of stores of their own, `alerts` (L-61).
  return new Stamp(com, identity, com["target_type"] === undefined ? undefined : { ...com, target_type: "alert" });
}

/** Whether a record says of itself that it is an event: in the predecessor every `record_type` of an event ends in `_event`. */
export function isEvent(com: Com): boolean {
  const { record_type: type } = com;
  return com["origin_type"] === "event" || (typeof type === "string" && (type === "event" || type.endsWith("_event")));
}
