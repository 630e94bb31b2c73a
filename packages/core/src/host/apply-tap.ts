import { errorOf } from "../errors/error-of.ts";
import { maskError } from "../masking/mask-error.ts";
import { maskLogger } from "../masking/mask-store.ts";
import { isThenable } from "../realms.ts";
import type { InspectedTap } from "./inspection.ts";
import type { RunParts } from "./run-parts.ts";

/**
 * Lets a tap plugin tap the hooks of the host. One that fails stops the host: otherwise a redaction would be missing.
 * @throws CloudmarkerError PLUGIN_LOAD_FAILED or PLUGIN_ANSWER_INVALID
 */
export function applyTap({ key, plugin, params }: InspectedTap, { hooks, world, reports }: RunParts): void {
  let answer: unknown;
  try {
    const logger = maskLogger(world.logger, reports.mask, { plugin: plugin.name });
    const tapHost = { hooks: hooks.facade(plugin.name), logger };
    answer = world.around({ plugin: plugin.name, call: "apply" }, () => plugin.apply(tapHost, params));
  } catch (thrown) {
    const cause = maskError(thrown, reports.mask);
    throw errorOf("PLUGIN_LOAD_FAILED", "apply", { key, cause }, { cause });
  }
  if (!isThenable(answer)) return;
  Promise.resolve(answer).catch(() => undefined);
  throw errorOf("PLUGIN_ANSWER_INVALID", "apply", { key });
}
