import type { Check } from "./check.ts";
import { CONTENT_CHECKS } from "./checks/content.ts";
import { FAULT_CHECKS } from "./checks/faults.ts";
import { PLUGIN_CHECKS } from "./checks/plugin.ts";
import { PROCESS_CHECKS } from "./checks/process.ts";
import { STEADY_CHECKS } from "./checks/steady.ts";
import { inThreads } from "./checks/thread.ts";

const INSIDE = [...STEADY_CHECKS, ...CONTENT_CHECKS, ...FAULT_CHECKS];

/** Every check, in the order in which they are made. */
export const CHECKS: readonly Check[] = [...PLUGIN_CHECKS, ...INSIDE, ...PROCESS_CHECKS, ...inThreads(INSIDE)];
