import type { Clock, StorePlugin, TapPlugin } from "@cloudmarker/store-api";

import type { Location } from "../errors.ts";
import type { AroundCall } from "../plugin-call.ts";

/** What is wanted, by whom, and under which rules. */
export interface PluginQuery {
  /** A reference as in `REF_RULES`, or the plugin itself, from an embedding tool. */
  readonly ref: string | object;
  /**
   * Real path of the folder that the configuration was read from. Packages and paths are looked up from here, and only
   * from here.
   */
  readonly directory: string;
  /** Where the reference stands, for errors. */
  readonly location?: Location | undefined;
  /** Folders or file URLs that our own stores are also looked up from, such as the host's; other packages never are. */
  readonly bundledFrom?: readonly string[] | undefined;
  /** `npm_config_user_agent`: the package manager to name where the project does not say. */
  readonly userAgent?: string | undefined;
  /**
   * Packages that may be loaded: exact names and `@scope/*`, for a file plugin its absolute path. @default everything
   */
  readonly allow?: readonly string[] | undefined;
  /** Range of versions that a package must be in, by package name. */
  readonly versions?: Readonly<Record<string, string>> | undefined;
  /** Times the import. @default the real time */
  readonly clock?: Clock | undefined;
  /** Wraps the import. @default nothing */
  readonly around?: AroundCall | undefined;
}

/** Where a plugin was found, before any of its code has run. */
export interface FoundPlugin {
  /** Real path of the file to import. */
  readonly path: string;
  /** The package by the name that it is installed under; absent for a plugin that is named by its path. */
  readonly packageName?: string;
  /** Real path of its folder. */
  readonly packageDirectory?: string;
  readonly version?: string;
}

/** A plugin that has been imported and has the right shape. */
export interface LoadedPlugin extends Partial<FoundPlugin> {
  readonly plugin: StorePlugin | TapPlugin;
  /** The reference as it was written; the plugin's name where it came as an object. */
  readonly ref: string;
  readonly apiVersion: number;
  /** What a person should know, one sentence each. */
  readonly warnings: readonly string[];
}
