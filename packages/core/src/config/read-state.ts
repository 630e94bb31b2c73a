import { parseBytes, parseDuration } from "../quantities.ts";
import { type IsWritten, type Kind, isSetting, readShape, type Shape } from "./read-shape.ts";
import type { Report } from "./report.ts";
import type { ConfigPath, SpoolConfig, StateConfig } from "./types.ts";

const MIB = 1024 ** 2;

/** A duration of at least and at most so many milliseconds. */
function duration(from: number, to: number, unit: "s" | "d", wanted: string): Kind {
  const isRight = (value: unknown): boolean => {
    const ms = parseDuration(value) ?? -1;
    return ms >= from && ms <= to;
  };
  return { wanted: `a duration ${wanted}`, isRight, unit };
}

/** A size of at least so many bytes. */
function size(from: number, wanted: string): Kind {
  const isRight = (value: unknown): boolean => {
    const bytes = parseBytes(value) ?? -1;
    return bytes >= from && Number.isSafeInteger(bytes);
  };
  return { wanted: `a size ${wanted}`, isRight };
}

/** Every key of `spool`. */
const SPOOL: Shape = {
  // A disk that is asked more often has no time for the records.
  commit: duration(10, 3_600_000, "s", "of 10ms to 1h, such as 200ms, 1s or a number of milliseconds"),
  // Less would not hold what is written at once.
  max_bytes: size(MIB, "of at least 1MiB, such as 500MB, 4GiB or a number of bytes"),
  reserve_bytes: size(0, "such as 0, 500MB, 1GiB or a number of bytes"),
  when_full: {
    wanted: "block or dead_letter",
    isRight: (value) => value === "block" || value === "dead_letter",
  },
};

/** Every key of `state`. */
const STATE: Shape = {
  keep: duration(3_600_000, Infinity, "d", "of at least 1h, such as 12h, 90d or a number of milliseconds"),
  max_bytes: size(MIB, "of at least 1MiB, such as 500MB, 1GiB or a number of bytes"),
};

/** Returns the valid part of `spool` and reports the rest. Undefined if there is no map. */
export function readSpool(value: unknown, report: Report, isWritten: IsWritten): SpoolConfig | undefined {
  return readShape(value, ["spool"], SPOOL, report, isWritten);
}

/** Returns the valid part of `state` and reports the rest. Undefined if there is no map. */
export function readState(value: unknown, report: Report, isWritten: IsWritten): StateConfig | undefined {
  return readShape(value, ["state"], STATE, report, isWritten);
}

/** Whether a path is that of a setting of `spool` or `state`. */
export function isStateSetting(path: ConfigPath): boolean {
  return isSetting({ spool: SPOOL, state: STATE }, path);
}
