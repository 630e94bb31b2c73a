import type { StorePlugin, TapPlugin } from "@cloudmarker/store-api";
import type { LoadedConfig, OriginConfig } from "../config/types.ts";
import type { DeliverySettings } from "../delivery/settings.ts";
import type { ConfigProblem } from "../errors.ts";
import type { Mask } from "../masking/mask.ts";
import type { LoadedPlugin } from "../plugins/types.ts";
import type { SpoolSettings, StateSettings } from "../state/settings.ts";
import type { Schema } from "../validation/schema-walk.ts";

/** One store of one audit, found, loaded and checked, not opened. */
export interface InspectedStore {
  readonly audit: string;
  readonly key: string;
  readonly plugin: StorePlugin;
  readonly loaded: LoadedPlugin;
  /** Params with defaults. */
  readonly params: Record<string, unknown>;
  readonly delivery: DeliverySettings;
  /** JSON pointers of `audits.<name>.id`. */
  readonly idPointers: readonly string[];
  /** Its listed taps, in their order: those of the audit, of the plugin, and of its entry in the list. */
  readonly taps: readonly InspectedTap[];
}

/** One tap, found, loaded and checked. */
export interface InspectedTap {
  readonly key: string;
  readonly plugin: TapPlugin;
  readonly loaded: LoadedPlugin;
  readonly params: Record<string, unknown>;
  /** It is for the stores that list it; otherwise for all. */
  readonly isListed: boolean;
}

/** The result of reading a configuration: its problems, and all parts that are valid. */
export interface Inspection {
  readonly config: LoadedConfig;
  readonly stores: readonly InspectedStore[];
  readonly taps: readonly InspectedTap[];
  /** The origin of the records, as the audits of the run name it. */
  readonly origin: OriginConfig;
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly string[];
  /** The state folder if no other one is named. */
  readonly defaultStateDir: string;
  /** The state folder that is used. */
  readonly stateDir: string;
  /** How what is not delivered yet is kept there. */
  readonly spool: SpoolSettings;
  /** How long receipts and dead letters are kept there. */
  readonly state: StateSettings;
  /** Masks every secret of the configuration in a text. Problems and warnings are masked already. */
  readonly mask: Mask;
  /**
   * The schema of a plugin's params, normalised and closed. It loads the plugin if no audit of this run uses it.
   * Undefined if the schema cannot be read.
   */
  schemaOf(key: string): Promise<Schema | undefined>;
}
