import type { Com } from "@cloudmarker/store-api";
import { Piece } from "./piece.ts";
import { isEvent } from "./stamp.ts";

/**
 * Keys of `com` that only the host writes, through a {@link Stamp}. A record's own values are dropped, so that no key
 * appears twice.
 */
const STAMPED: readonly string[] = [
  "audit_key",
  "audit_version",
  "target_key",
  "target_class",
  "target_worker",
  "target_type",
];

/**
 * The producer of records, prepared once for many of them. A foreign object gets this `com`; a record gets only the
 * keys that its own `com` lacks. Made by {@link makeOrigin}.
 */
export class Origin {
  readonly com: Com;
  /** Keys that replace the record's own. */
  readonly explicit: ReadonlySet<string>;
  /** The text behind the `raw` of a wrapped object, up to the stamp. */
  readonly tail: Piece;
  /** Whether {@link Origin.com} is empty. */
  readonly isBare: boolean;
  /** Whether {@link Origin.com} is that of an event. */
  readonly isEvent: boolean;
  #lastText: string | undefined;
  #last: Com = {};

  constructor(com: Com, explicit: readonly string[]) {
    this.com = Object.freeze(withoutStamps(com));
    this.explicit = new Set(explicit);
    this.tail = new Piece(`,"ext":{},"com":${JSON.stringify(this.com).slice(0, -1)}`);
    this.isBare = this.tail.text.endsWith("{");
    this.isEvent = isEvent(this.com);
  }

  /** A record's own `com`, without the keys of the stamp, and with the missing keys of this origin. */
  merge(own: Com): Com {
    const merged: Record<string, unknown> = withoutStamps(own);
    for (const key in this.com) {
      if (merged[key] === undefined || this.explicit.has(key)) merged[key] = this.com[key];
    }
    return merged;
  }

  /** The same for a `com` in JSON. Consecutive records mostly have the same `com`, so the last result is kept. */
  mergeText(text: string, parse: (text: string) => unknown): Com {
    if (text !== this.#lastText) {
      this.#last = Object.freeze(this.merge(parse(text) as Com));
      this.#lastText = text;
    }
    return this.#last;
  }
}

/**
 * Prepares an origin.
 * @param com keys of `com` for every record: `origin_key`, `origin_class`, `origin_worker`, `origin_type`
 * @param options `explicit`: keys that replace those of a record. @default none
 */
export function makeOrigin(com: Com, options: { readonly explicit?: readonly string[] } = {}): Origin {
  return new Origin(com, options.explicit ?? []);
}

function withoutStamps(com: Com): Record<string, unknown> {
  const own: Record<string, unknown> = { ...com };
  // Set to undefined, not deleted: `delete` would make the object slow. JSON leaves out both.
  for (const key of STAMPED) if (own[key] !== undefined) own[key] = undefined;
  return own;
}
