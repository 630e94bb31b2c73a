import type { StorePlugin } from "@cloudmarker/store-api";
import { writeProblem } from "../config/problems.ts";
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
    context.list.add(writeProblem("isolation", "object", { key }), ["plugins", key, "plugin"], "value");
  }
  if (delivery.isolation === "thread") needWorker(key, context);
  if (delivery.ordered && supports.ordered === false) {
    context.list.add(writeProblem("ordered", "unordered", { key }), pathOf("ordered", key, context), "value");
  }
  if (delivery.spool && delivery.guarantee === "at-most-once") {
    context.list.add(writeProblem("spool", "once", { key }), pathOf("spool", key, context), "value");
  }
  return delivery;
}

/** Checked before the run: a thread without its code would fail again and again until the deadline. */
function needWorker(key: string, context: Context): void {
  const { options, world, list } = context;
  const found = findWorker(options.workerUrl, world.cwd);
  const path = pathOf("isolation", key, context);
  if (!mayStartThreads()) return list.add(writeProblem("permission", "worker", { key }), path, "value");
  if (!("problem" in found)) return;
  list.add(writeProblem("worker_missing", "file", { key, problem: found.problem }), path, "value");
}

/** Where a setting of a store is written: in its own `delivery`, else in the one for all stores. */
function pathOf(setting: "isolation" | "ordered" | "spool", key: string, { config }: Context): readonly string[] {
  const isOwn = config.value.plugins[key]?.delivery?.[setting] !== undefined;
  return [...(isOwn ? ["plugins", key] : []), "delivery", setting];
}
