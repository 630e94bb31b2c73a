import { defineTap, type TapPlugin } from "@cloudmarker/store-api";
import { compile, type Condition, type Hits } from "./condition.ts";
import { params } from "./params.ts";
import { validate } from "./validate.ts";

export type { Condition, Scalar } from "./condition.ts";

/** Keeps or drops records by a condition on JSON pointers. */
const filter: TapPlugin<typeof params> = defineTap({
  name: "tap-filter",
  apiVersion: 1,
  params,
  validate,

  apply({ hooks, logger }, given) {
    const { keep, drop } = given as { readonly keep?: Condition; readonly drop?: Condition };
    const hits = new Map<string, Hits>();
    const isKept = keep && compile(keep, hits);
    const isDropped = drop && compile(drop, hits);
    hooks.filter.tap("tap-filter", (record) => (isKept?.(record) ?? true) && isDropped?.(record) !== true);
    hooks.done.tap("tap-filter", () => {
      for (const [pointer, { found, tried }] of hits)
        if (tried > 0 && found === 0)
          logger.warn(`${pointer} led to a value in none of the ${tried} records on which tap-filter tried it.`);
    });
  },
});

export default filter;
