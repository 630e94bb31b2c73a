import { createHost } from "@cloudmarker/core";
import type { StorePlugin } from "@cloudmarker/store-api";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { elasticsearchTarget } from "./elasticsearch-target.ts";
import { mongodbTarget } from "./mongodb-target.ts";
import { QuietClock } from "./quiet-clock.ts";
import { splunkTarget } from "./splunk-target.ts";
import type { Target } from "./target.ts";

const KINDS = [elasticsearchTarget, mongodbTarget, splunkTarget];
const COUNT = 500;

/** The same store behind a slow line. */
function slowed(plugin: StorePlugin, wait: () => Promise<void>): StorePlugin {
  return {
    ...plugin,
    async open(params, context) {
      const store = await plugin.open(params, context);
      return { ...store, write: (batch, attempt) => wait().then(() => store.write(batch, attempt)) };
    },
  };
}

test.each(KINDS.map(({ store }) => store))(
  "S6 %s is slow: the others are done before it has written a tenth, and in the end it has all",
  async (slow) => {
    const clock = new QuietClock();
    const stateDir = mkdtempSync(join(tmpdir(), "cloudmarker-slow-"));
    onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }));
    const targets = new Map<string, Target>();
    onTestFinished(async () => {
      for (const target of targets.values()) await target.stop();
    });
    for (const kind of KINDS) targets.set(kind.store, await kind.start());
    const delivery = { batch: { records: 10 }, queue: { records: COUNT }, deadline: "1h" };
    const stores = Array.from(targets, ([store, { plugin, params }]) => {
      const own = store === slow ? slowed(plugin, () => clock.after(10_000)) : plugin;
      return [store, { plugin: own, params, delivery }] as const;
    });
    const host = createHost({ stores: Object.fromEntries(stores), clock, stateDir });
    const written = new Map<string, number>();
    let slowWhenOthersWereDone = Number.NaN;
    host.hooks.store.tap("count", ({ key, hooks }) =>
      hooks.written.tap("count", ({ records }) => {
        written.set(key, (written.get(key) ?? 0) + records);
        const others = [...targets.keys()].filter((store) => store !== slow);
        if (key !== slow && others.every((store) => written.get(store) === COUNT)) {
          slowWhenOthersWereDone = written.get(slow) ?? 0;
        }
      }),
    );
    const work = async () => {
      await host.write(Array.from({ length: COUNT }, (_, seq) => ({ seq })));
      return host.done();
    };
    const activity = (): number => [...targets.values()].reduce((sum, target) => sum + target.activity(), 0);
    const receipt = await clock.runBeside(work(), activity);
    expect(receipt.ok).toBe(true);
    expect(slowWhenOthersWereDone).toBeLessThan(COUNT / 10);
    for (const [store, target] of targets) {
      const stored = target.stored();
      expect([store, stored.size, Math.max(...stored.values())]).toEqual([store, COUNT, 1]);
    }
  },
);
