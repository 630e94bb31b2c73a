import { faultParam, faultPlace, type InspectedStore, type LoadedConfig, type Location } from "@cloudmarker/core";
import { placeText } from "./render/text.ts";

/** What the configuration calls a value that is in no file. No other program than the command can have put one here. */
export const PROGRAM = "the embedding program";

/** What is probably to blame for an error of a store: a place in a file, or an option of the command line. */
export type Blamed = { readonly location: Location } | { readonly option: string };

/**
 * Finds it; undefined if neither a file nor the command line has anything of it.
 * @param stores those of the configuration
 */
export function blameFor(
  { config, stores }: { readonly config: LoadedConfig; readonly stores: readonly InspectedStore[] },
  { audit, store: key }: { readonly audit: string; readonly store: string },
  code: string,
): Blamed | undefined {
  const store = stores.find((one) => one.audit === audit && one.key === key);
  if (!store) return undefined;
  const path = faultParam(config, store, code);
  if (path && config.originOf(path) === PROGRAM) return { option: paramOption(path) };
  const location = faultPlace(config, store, code);
  return location && { location };
}

/** The option that sets the param at this path of the configuration. */
export function paramOption(path: readonly (string | number)[]): string {
  return ["--param", ...(path.length > 3 ? [path.slice(3).join(".")] : [])].join(" ");
}

/** `see FILE:LINE:COLUMN` or `see --param NAME`. */
export function seeText(blamed: Blamed): string {
  return `see ${"option" in blamed ? blamed.option : placeText(blamed.location)}`;
}
