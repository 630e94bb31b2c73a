import { createHmac } from "node:crypto";
import {
  defineTap,
  isRawJson,
  mapValues,
  REMOVED,
  setEarlier,
  type TapPlugin,
  type ValuePath,
  type ValueVisitor,
} from "@cloudmarker/store-api";
import { keyTest, remembered } from "./key-pattern.ts";
import { params } from "./params.ts";
import { PointerTree } from "./pointer-tree.ts";
import { replaceSecrets } from "./shapes.ts";

/** Characters of a hash: 128 bits. */
const HASH_LENGTH = 32;

/** Replaces, hashes or removes what must not leave: by JSON pointer, by key, by the shape of known secrets. */
const redact: TapPlugin<typeof params> = defineTap({
  name: "tap-redact",
  apiVersion: 1,
  params,

  validate: ({ pointers, keys, shapes }) =>
    pointers.length + keys.length + shapes.length > 0
      ? []
      : [{ path: ["shapes"], message: "params has no pointers, no keys and no shapes: nothing would be redacted." }],

  apply({ hooks, logger }, { pointers, keys, shapes, how, by, hash_key: hashKey = "" }) {
    const tree = PointerTree.of(pointers);
    const isKey = keyTest(keys);
    const unmatched = new Set(pointers);
    let records = 0;
    const hashed = (text: string): string =>
      `hmac:${createHmac("sha256", hashKey).update(text).digest("hex").slice(0, HASH_LENGTH)}`;
    const whole = (value: unknown): unknown => {
      // Nothing is in there that could be secret.
      if (value === null || value === "") return value;
      if (how === "remove") return REMOVED;
      return how === "hash" ? hashed(typeof value === "string" ? value : JSON.stringify(value)) : by;
    };
    const part = (secret: string): string => (how === "remove" ? "" : how === "hash" ? hashed(secret) : by);

    const redactedIn = (text: string): string => replaceSecrets(text, shapes, part);
    const isSecret = remembered((key) => redactedIn(key) !== key);

    /** The object under other keys, where a key has a secret in it; undefined where none has. */
    const renamed = (value: unknown): object | undefined => {
      if (typeof value !== "object" || value === null || Array.isArray(value) || isRawJson(value)) return undefined;
      const given = Object.keys(value);
      if (!given.some(isSecret)) return undefined;
      const names = new Set(given);
      const members = Object.entries(value).flatMap(([key, member]): [string, unknown][] => {
        if (!isSecret(key)) return [[key, member]];
        if (how === "remove") return [];
        const name = redactedIn(key);
        let free = name;
        for (let number = 2; names.has(free); number++) free = `${name} ${number}`;
        names.add(free);
        return [[free, isKey(key) ? whole(member) : member]];
      });
      const copy = Object.fromEntries(members);
      // The earlier values of repeated keys go too: they are not looked at.
      setEarlier(copy, []);
      return copy;
    };

    const visitorAt =
      (above: ValuePath): ValueVisitor =>
      (value, below) => {
        const path = above.length > 0 ? [...above, ...below] : below;
        const pointer = tree.pointerTo(path);
        if (pointer !== undefined) {
          unmatched.delete(pointer);
          return whole(value);
        }
        // The keys of `com` are the host's; `*key*` must not lead to `com.origin_key`.
        if (path[0] === "com") return undefined;
        const key = path.at(-1);
        if (path.length > 1 && typeof key === "string" && isKey(key)) return whole(value);
        if (typeof value === "string") return redactedIn(value);
        const copy = renamed(value);
        return copy && mapValues(copy, visitorAt([...path]));
      };
    const visit = visitorAt([]);

    hooks.record.tap("tap-redact", (record) => {
      records++;
      return mapValues(record, visit);
    });
    hooks.done.tap("tap-redact", () => {
      if (records === 0) return;
      for (const pointer of unmatched)
        logger.warn(`${pointer} led to a value in none of ${records} records: tap-redact has redacted nothing there.`);
    });
  },
});

export default redact;
