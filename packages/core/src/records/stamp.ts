import type { Com } from "@cloudmarker/store-api";
import { Piece } from "./piece.ts";
import type { Identity } from "./identity.ts";

/** The part of `com` that the host writes into every record for one store, prepared once. Made by {@link makeStamp}. */
export class Stamp {
  readonly com: Com;
  /** The end of a record's text: the stamp's keys, and the brackets that close `com` and the record. */
  readonly tail: Piece;
  /** The same without the comma, for a `com` without keys of its own. */
  readonly bareTail: Piece;
  readonly identity: Identity;
  /** The stamp of records of events. */
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

  /**
   * A record's own `com` with the stamp. It keeps the last result, since wrapped records of one origin share one `com`.
   */
  merge(own: Com): Com {
    if (this.#last?.own !== own) this.#last = { own, merged: Object.freeze({ ...this.#without(own), ...this.com }) };
    return this.#last.merged;
  }

  /** Removes the keys that the stamp replaces, since in the text the keys of the stamp are at the end. */
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

/** Whether a record is an event by its own `record_type`: in the predecessor that of every event ends in `_event`. */
export function isEvent(com: Com): boolean {
  const { record_type: type } = com;
  return com["origin_type"] === "event" || (typeof type === "string" && (type === "event" || type.endsWith("_event")));
}
