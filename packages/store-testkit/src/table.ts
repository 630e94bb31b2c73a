import type { Check } from "./check.ts";
import { CONTENT_CHECKS } from "./checks/content.ts";
import { FAULT_CHECKS } from "./checks/faults.ts";
import { PLUGIN_CHECKS } from "./checks/plugin.ts";
import { PROCESS_CHECKS } from "./checks/process.ts";
import { STEADY_CHECKS } from "./checks/steady.ts";

/** Every check, in the order in which they are made. */
export const CHECKS: readonly Check[] = [
  ...PLUGIN_CHECKS,
  ...STEADY_CHECKS,
  ...CONTENT_CHECKS,
  ...FAULT_CHECKS,
  ...PROCESS_CHECKS,
];
