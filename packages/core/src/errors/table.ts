import { CONFIGURATION_ERRORS, type ConfigurationFacts } from "./configuration.ts";
import { INPUT_ERRORS, type InputFacts } from "./inputs.ts";
import { PLUGIN_CONTRACT_ERRORS, type PluginContractFacts } from "./plugin-contract.ts";
import { PLUGIN_LOADING_ERRORS, type PluginLoadingFacts } from "./plugin-loading.ts";
import { PLUGIN_REFERENCE_ERRORS, type PluginReferenceFacts } from "./plugin-references.ts";
import { RECORD_ERRORS, type RecordFacts } from "./records.ts";
import type { ErrorRows } from "./row.ts";
import { RUN_ERRORS, type RunFacts } from "./run.ts";
import { STATE_ERRORS, type StateFacts } from "./state.ts";
import { STORE_ERRORS, type StoreFacts } from "./stores.ts";

/** The facts of every error, by code and kind. */
export interface ErrorFacts
  extends
    ConfigurationFacts,
    PluginReferenceFacts,
    PluginLoadingFacts,
    PluginContractFacts,
    StoreFacts,
    StateFacts,
    RunFacts,
    RecordFacts,
    InputFacts {}

/** Every error, by code: the docs are generated from this table. */
export const ERRORS: ErrorRows<ErrorFacts> = {
  ...CONFIGURATION_ERRORS,
  ...PLUGIN_REFERENCE_ERRORS,
  ...PLUGIN_LOADING_ERRORS,
  ...PLUGIN_CONTRACT_ERRORS,
  ...STORE_ERRORS,
  ...STATE_ERRORS,
  ...RUN_ERRORS,
  ...RECORD_ERRORS,
  ...INPUT_ERRORS,
};
