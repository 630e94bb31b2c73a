import type { Clock, StorePlugin, TapPlugin } from "@cloudmarker/store-api";

import type { Location } from "../errors.ts";
import type { AroundCall } from "../plugin-call.ts";

/** A reference to a plugin, where it is written, and the rules for loading it. */
export interface PluginQuery {
  /** A reference as in `REF_RULES`, or a plugin object of an embedding tool. */
  readonly ref: string | object;
  /** Real path of the folder of the configuration. Packages and paths are looked up only from here. */
  readonly directory: string;
  /** Where the reference is written, for errors. */
  readonly location?: Location | undefined;
  /** More folders or file URLs, such as the host's, from which only our own stores are looked up. */
  readonly bundledFrom?: readonly string[] | undefined;
  /** `npm_config_user_agent`: names the package manager if the project does not. */
  readonly userAgent?: string | undefined;
  /**
   * Packages that may be loaded: exact names and `@scope/*`, for a file plugin its absolute path. @default everything
   */
  readonly allow?: readonly string[] | undefined;
  /** Allowed range of versions, by package name. */
  readonly versions?: Readonly<Record<string, string>> | undefined;
  /** Times the import. @default the real time */
  readonly clock?: Clock | undefined;
  /** Wraps the import. @default nothing */
  readonly around?: AroundCall | undefined;
}

/** Where a plugin was found. None of its code has run yet. */
export interface FoundPlugin {
  /** Real path of the file to import. */
  readonly path: string;
  /** The name under which the package is installed; absent if the plugin is named by its path. */
  readonly packageName?: string;
  /** Real path of its folder. */
  readonly packageDirectory?: string;
  readonly version?: string;
}

/** A plugin that has been imported and has the right shape. */
export interface LoadedPlugin extends Partial<FoundPlugin> {
  readonly plugin: StorePlugin | TapPlugin;
  /** The reference as written; for a plugin object, the plugin's name. */
  readonly ref: string;
  readonly apiVersion: number;
  /** Warnings, one sentence each. */
  readonly warnings: readonly string[];
}
