import type { Store } from "@cloudmarker/store-api";
import type { Mask } from "../masking/mask.ts";
import { maskStore, maskThrown } from "../masking/mask-store.ts";
import type { PluginCalls } from "./calls.ts";
import { storeBehind } from "./store.ts";

/**
 * Opens a store of a plugin and takes it behind the border: every call is timed, every answer is judged and then masked, since what is said of a wrong
 * one may show a part of it.
 * @throws what `open` throws, masked; CloudmarkerError PLUGIN_ANSWER_INVALID if it returns no store
 */
export async function openBehind(open: () => unknown, plugin: string, calls: PluginCalls, mask: Mask): Promise<Store> {
  const opened = async (): Promise<Store> => storeBehind(await calls.run("open", open), plugin, calls);
  return maskStore(await maskThrown(opened, mask), mask);
}
