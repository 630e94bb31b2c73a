import type { Store } from "@cloudmarker/store-api";
import type { Mask } from "../masking/mask.ts";
import { maskStore, maskThrown } from "../masking/mask-store.ts";
import type { PluginCalls } from "./calls.ts";
import { storeBehind } from "./store.ts";

/**
 * Opens a store of a plugin. From then on every call is measured, and every answer is checked and then masked: the
 * message about a wrong answer may contain a part of it.
 * @throws what `open` throws, masked; CloudmarkerError PLUGIN_ANSWER_INVALID if it returns no store
 */
export async function openBehind(open: () => unknown, plugin: string, calls: PluginCalls, mask: Mask): Promise<Store> {
  const opened = async (): Promise<Store> => storeBehind(await calls.run("open", open), plugin, calls);
  return maskStore(await maskThrown(opened, mask), mask);
}
