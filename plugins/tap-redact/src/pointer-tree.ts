import { parsePointer } from "@cloudmarker/store-api";

/** The pointers of the params, step by step. */
export class PointerTree {
  readonly #next = new Map<string, PointerTree>();
  /** The pointer that ends here. */
  #pointer: string | undefined;

  static of(pointers: readonly string[]): PointerTree {
    const tree = new PointerTree();
    for (const pointer of pointers) {
      let at = tree;
      for (const key of parsePointer(pointer)) {
        let next = at.#next.get(key);
        if (!next) at.#next.set(key, (next = new PointerTree()));
        at = next;
      }
      at.#pointer = pointer;
    }
    return tree;
  }

  /** The pointer that leads to the value at a path; in it `*` stands for any key or position. */
  pointerTo(path: readonly (string | number)[], from = 0): string | undefined {
    if (from === path.length) return this.#pointer;
    if (this.#next.size === 0) return undefined;
    const own = this.#next.get(String(path[from]))?.pointerTo(path, from + 1);
    return own ?? this.#next.get("*")?.pointerTo(path, from + 1);
  }
}
