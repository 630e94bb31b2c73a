import type { StorePlugin } from "@cloudmarker/store-api";
import { type DeliverySettings, resolveSettings } from "../delivery/settings.ts";
import { findWorker } from "../isolation/find-worker.ts";
import { mayStartThreads } from "../world.ts";
import type { EntryContext, LoadedEntry } from "./load-entry.ts";

type Context = Pick<EntryContext, "options" | "world" | "config" | "list">;

/** How records are delivered to a store. A setting that its plugin or this process does not support is a problem. */
export function deliveryOf(
  key: string,
  plugin: StorePlugin,
  { loaded, limits }: LoadedEntry,
  context: Context,
): DeliverySettings {
  const { value } = context.config;
  const { supports } = plugin;
  const batch = { ...plugin.batch, ...limits };
  const delivery = resolveSettings({ batch, supports }, value.delivery, value.plugins[key]?.delivery);
  if (delivery.isolation === "thread" && loaded.path === undefined) {
    const message = `"${key}" cannot run in a thread of its own, since its plugin is given as an object; give its name or path.`;
    context.list.add("isolation", message, ["plugins", key, "plugin"], "value");
  }
  if (delivery.isolation === "thread") needWorker(key, context);
  if (delivery.ordered && supports.ordered === false) {
    const message = `"${key}" cannot keep records in their order; let delivery.ordered be false for it.`;
    context.list.add("ordered", message, pathOf("ordered", key, context), "value");
  }
  return delivery;
}

/** Checked before the run: a thread without its code would fail again and again until the deadline. */
function needWorker(key: string, context: Context): void {
  const { options, world, list } = context;
  const found = findWorker(options.workerUrl, world.cwd);
  const path = pathOf("isolation", key, context);
  if (!mayStartThreads()) {
    const message = `"${key}" cannot run in a thread of its own, since Node was started with --permission. Start it with --allow-worker as well.`;
    return list.add("permission", message, path, "value");
  }
  if (!("problem" in found)) return;
  const advice =
    'Copy "@cloudmarker/core/worker" beside the bundle as worker.js, or give its place to createHost() as workerUrl.';
  const message = `"${key}" cannot run in a thread of its own, since the file that threads run is missing: ${found.problem}. ${advice}`;
  list.add("worker_missing", message, path, "value");
}

/** Where a setting of a store is written: in its own `delivery`, else in the one for all stores. */
function pathOf(setting: "isolation" | "ordered", key: string, { config }: Context): readonly string[] {
  const isOwn = config.value.plugins[key]?.delivery?.[setting] !== undefined;
  return [...(isOwn ? ["plugins", key] : []), "delivery", setting];
}
