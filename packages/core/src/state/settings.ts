import { parseBytes, parseDuration } from "../quantities.ts";
import type { Config, WhenFull } from "../config/types.ts";

const GIB = 1024 ** 3;
const DAY_MS = 86_400_000;

/** How what is not delivered yet is kept on disk: `spool` of the configuration, with the defaults. */
export interface SpoolSettings {
  /** A record that is not settled so many milliseconds after it was accepted is written. @default 200 */
  readonly commitMs: number;
  /** Bytes that the records of one run may take on disk. @default 4 GiB */
  readonly maxBytes: number;
  /** Bytes of the disk that stay free. @default 1 GiB */
  readonly reserveBytes: number;
  /** What happens when no more can be kept: producers wait, or what exceeds it becomes dead letters. @default block */
  readonly whenFull: WhenFull;
}

/** What is kept of runs that are over: `state` and `state_dir_unsafe` of the configuration, with the defaults. */
export interface StateSettings {
  /** How long receipts and dead letters are kept, in milliseconds. @default 90 days */
  readonly keepMs: number;
  /** Bytes that receipts and dead letters may take on disk. @default 1 GiB */
  readonly maxBytes: number;
  /** Whether the state folder may be on a network file system. @default false */
  readonly unsafe: boolean;
}

/** The settings of a configuration. */
export function stateSettings(config: Pick<Config, "spool" | "state" | "state_dir_unsafe">): {
  readonly spool: SpoolSettings;
  readonly state: StateSettings;
} {
  const { spool = {}, state = {}, state_dir_unsafe: unsafe = false } = config;
  return {
    spool: {
      commitMs: parseDuration(spool.commit) ?? 200,
      maxBytes: parseBytes(spool.max_bytes) ?? 4 * GIB,
      reserveBytes: parseBytes(spool.reserve_bytes) ?? GIB,
      whenFull: spool.when_full ?? "block",
    },
    state: { keepMs: parseDuration(state.keep) ?? 90 * DAY_MS, maxBytes: parseBytes(state.max_bytes) ?? GIB, unsafe },
  };
}
