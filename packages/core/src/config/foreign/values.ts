import { isMap } from "../../realms.ts";

/** A map of another program's configuration, whose keys may have dots for levels: `ssl.verification_mode`. */
export class Values {
  readonly #map: Readonly<Record<string, unknown>>;

  constructor(map: unknown) {
    this.#map = isMap(map) ? Object.fromEntries(flat(map, "")) : {};
  }

  /** The first of these that is there, as text. */
  text(...names: readonly string[]): string | undefined {
    return this.list(...names)[0];
  }

  /** The first of these that is there, as a list of texts. */
  list(...names: readonly string[]): readonly string[] {
    const name = names.find((one) => Object.hasOwn(this.#map, one));
    const value = name === undefined ? [] : this.#map[name];
    return [value]
      .flat()
      .filter((one) => ["string", "number", "boolean"].includes(typeof one))
      .map(String);
  }

  /** Whether the first of these that is there is true, or false; undefined if none is there. */
  flag(...names: readonly string[]): boolean | undefined {
    const value = this.text(...names)?.toLowerCase();
    return value === undefined ? undefined : ["true", "on", "yes", "full", "certificate", "strict"].includes(value);
  }
}

function flat(map: Readonly<Record<string, unknown>>, before: string): [string, unknown][] {
  return Object.entries(map).flatMap(([key, value]): [string, unknown][] => {
    const name = `${before}${key}`.toLowerCase();
    return isMap(value) ? flat(value, `${name}.`) : [[name, value]];
  });
}
