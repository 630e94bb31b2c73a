import type { PassedOver } from "@cloudmarker/core";
import { grouped } from "./text.ts";

/** What `--select` passed over, in one line, such as `1 of 2 documents has no items: the one at line 2`. */
export function renderPassedOver({ at, keys, missing, objects, first }: PassedOver): string {
  const what = at === "" ? "documents" : `objects at ${at}`;
  const which = missing === 1 ? "the one" : "the first";
  // A whole report may be a single line.
  const place = first.line === 1 ? `line 1, column ${first.column}` : `line ${first.line}`;
  const some = `${grouped(missing)} of ${grouped(objects)} ${what} ${missing === 1 ? "has" : "have"}`;
  return `${some} no ${keys.join(" or ")}: ${which} at ${place}`;
}
