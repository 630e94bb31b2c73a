export type { Receipt, StoreReceipt } from "@cloudmarker/store-api";
export { BASE_CONFIG_YAML } from "./config/base.ts";
export type { HostStats, StoreStats } from "./host/stats.ts";
export { systemClock } from "./clock.ts";
export type {
  AuditEntry,
  Config,
  DeliveryConfig,
  LoadedConfig,
  OriginConfig,
  PluginEntry,
  SpoolConfig,
  StateConfig,
} from "./config/types.ts";
export { describeFiles } from "./config/describe-files.ts";
export type { SearchOptions } from "./config/search-places.ts";
export { WrittenScalar } from "./config/written-scalar.ts";
export { parseDuration } from "./quantities.ts";
export { sizeWords } from "./size-words.ts";
export { commandFor, shellWord, stateDirOption } from "./command-for.ts";
export { counted, grouped } from "./grouped.ts";
export { type DeliverySettings, resolveSettings } from "./delivery/settings.ts";
export * from "./errors.ts";
export { HOOK_TABLE, type HookRow } from "./hooks.ts";
export type { Explained } from "./host/explain.ts";
export type {
  About,
  HostOptions,
  InputPosition,
  OriginName,
  OriginOptions,
  ReplayOptions,
  ResumeOptions,
  StoreOption,
  TapOption,
} from "./host/options.ts";
export { createHost } from "./host/create-host.ts";
export type { Host, Keeps } from "./host/host.ts";
export { runIdFault } from "./host/run-id.ts";
export type { DoneOptions, WriteOptions } from "./host/options.ts";
export type { StoreCheck } from "./host/check-store.ts";
export { faultParam, faultPlace } from "./host/fault-place.ts";
export type { InspectedStore, InspectedTap, Inspection } from "./host/inspection.ts";
export { type InstalledPlugin, listInstalled } from "./plugins/list-installed.ts";
export { type LoadedPlugin, loadPlugin } from "./plugins/load-plugin.ts";
export type { AroundCall, PluginCall } from "./plugin-call.ts";
export { FIRST_PARTY, FIRST_PARTY_STORES, REF_RULES } from "./plugins/parse-ref.ts";
export type { JsonText } from "./records/json-text.ts";
export { jsonText } from "./reader/read-json-text.ts";
export { describeParams, type ParamDescription } from "./validation/describe-params.ts";
export { suggest } from "./validation/suggest.ts";
export { overlapProblem, pathProblem } from "./reader/json-path.ts";
export type { PassedOver } from "./reader/passed-over.ts";
export type { NothingSelected } from "./reader/select-records.ts";
export type { BadLine, TakeBadLines } from "./reader/bad-line.ts";
export { type ReadOptions, readRecords } from "./reader/read-records.ts";
export { configSchema } from "./config/config-schema.ts";
export { type ShownConfig, type ShowOptions, showConfig } from "./host/shown-config.ts";
export type { Forgotten } from "./host/forget-run.ts";
export type { Leftover } from "./host/given-up.ts";
export {
  openRunsIn,
  openState,
  type RunOrigin,
  type RunsFilter,
  type RunStatus,
  type RunSummary,
  type State,
  type StateOptions,
} from "./host/open-state.ts";
export type { SpoolSettings, StateSettings } from "./state/settings.ts";
export type { DeadLetters, KeptLetter, LetterEvent, LetterGroup } from "./host/dead-letters.ts";
export type { LetterFilter, LetterState } from "./state/kept-letters.ts";
export { hasSecrets, maskSecrets } from "./validation/secrets.ts";
export { currentFolder, homeFolder } from "./world.ts";
