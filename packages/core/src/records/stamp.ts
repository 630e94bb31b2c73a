import { type Com, parsePointer } from "@cloudmarker/store-api";
import { Piece } from "./piece.ts";

/** What a record's id is made of beside the record itself. */
export class Identity {
  /** Run id: the same record has another id in another run. */
  readonly run: string;
  /** Paths of the values that identify a record. */
  readonly paths: readonly (readonly string[])[];
  /** The same for all stores of an audit. */
  readonly key: string;
  /** What every id of the run begins with. */
  readonly prefix: string;

  constructor(run: string, pointers: readonly string[]) {
    this.run = run;
    this.paths = pointers.map(parsePointer);
    this.key = JSON.stringify([run, ...pointers]);
    this.prefix = `${JSON.stringify(run)}\n`;
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
  #last: { readonly own: Com; readonly merged: Com } | undefined;

  constructor(com: Com, identity: Identity) {
    this.com = Object.freeze({ ...com });
    const bare = `${JSON.stringify(com).slice(1)}}`;
    this.bareTail = new Piece(bare);
    this.tail = bare === "}}" ? this.bareTail : new Piece(`,${bare}`);
    this.identity = identity;
  }

  /** A record's own `com` and the stamp; the last result is kept, since wrapped records of one origin share theirs. */
  merge(own: Com): Com {
    if (this.#last?.own !== own) this.#last = { own, merged: Object.freeze({ ...own, ...this.com }) };
    return this.#last.merged;
  }
}

/**
 * Prepares the stamp of a store.
 * @param com `audit_key`, `audit_version` and `target_*`
 * @param options `run`: the run id; `pointers`: JSON pointers (RFC 6901) to what identifies a record, such as `/raw/finding_info/uid`
 */
export function makeStamp(
  com: Com,
  options: { readonly run: string; readonly pointers?: readonly string[] | undefined },
): Stamp {
  return new Stamp(com, new Identity(options.run, options.pointers ?? []));
}
