import { CONFIGURATION_ERRORS, type ConfigurationFacts } from "./configuration.ts";
import { INPUT_ERRORS, type InputFacts } from "./inputs.ts";
import { PLUGIN_ERRORS, type PluginFacts } from "./plugins.ts";
import { RECORD_ERRORS, type RecordFacts } from "./records.ts";
import type { ErrorRows } from "./row.ts";
import { RUN_ERRORS, type RunFacts } from "./run.ts";
import { STORE_ERRORS, type StoreFacts } from "./stores.ts";

/** The facts of every error, by code and kind. */
export interface ErrorFacts extends ConfigurationFacts, PluginFacts, StoreFacts, RunFacts, RecordFacts, InputFacts {}

/** Every error, by code: the docs are generated from this table. */
export const ERRORS: ErrorRows<ErrorFacts> = {
  ...CONFIGURATION_ERRORS,
  ...PLUGIN_ERRORS,
  ...STORE_ERRORS,
  ...RUN_ERRORS,
  ...RECORD_ERRORS,
  ...INPUT_ERRORS,
};
