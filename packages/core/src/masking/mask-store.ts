import type {
  CheckReport,
  DoneReport,
  ExplainedRequest,
  LogFields,
  Logger,
  Outcome,
  Store,
  WriteResult,
} from "@cloudmarker/store-api";
import { isObject } from "../realms.ts";
import { maskError } from "./mask-error.ts";
import type { Mask } from "./mask.ts";

/**
 * Wraps a store and masks every secret in its texts: errors, codes and reasons of outcomes, the reports of `done` and
 * `check`. An answer of a server may contain the credentials of the request, perhaps in another form.
 */
export function maskStore(store: Store, mask: Mask): Store {
  const during = <T>(work: () => T | Promise<T>): Promise<Awaited<T>> => maskThrown(work, mask);
  return {
    write: async (batch, context) => {
      const settle = (outcomes: readonly Outcome[]): void => context.settle?.(maskOutcomes(outcomes, mask));
      return maskOutcomes(await during(() => store.write(batch, { ...context, settle })), mask);
    },
    ...(store.flush && { flush: () => during(() => store.flush?.()) }),
    done: async (run) => maskReport(await during(() => store.done?.(run)), mask),
    ...(store.check && { check: async () => maskTexts(await during(() => store.check?.()), mask) as CheckReport }),
    close: () => during(() => store.close?.()),
  };
}

/** Calls a part of a plugin and masks what it throws. */
export async function maskThrown<T>(work: () => T | Promise<T>, mask: Mask): Promise<Awaited<T>> {
  try {
    return await work();
  } catch (error) {
    throw maskError(error, mask);
  }
}

/** Masks the codes and reasons of outcomes. A written record has none, so it costs nothing. */
export function maskOutcomes<T extends WriteResult>(outcomes: T, mask: Mask): T {
  try {
    if (!Array.isArray(outcomes)) return outcomes;
    return Array.from(outcomes, (outcome: Outcome) => maskOutcome(outcome, mask)) as unknown as T;
  } catch {
    // An outcome that cannot be read is reported by `readAnswer`.
    return outcomes;
  }
}

function maskOutcome(outcome: Outcome, mask: Mask): Outcome {
  if (!isObject(outcome)) return outcome;
  const code = maskTexts(outcome.code, mask) as string;
  const reason = maskTexts(outcome.reason, mask) as string;
  if (code === outcome.code && reason === outcome.reason) return outcome;
  const { index, status, retryAfterMs, diverted } = outcome;
  return { index, status, code, reason, retryAfterMs, diverted } as Outcome;
}

function maskReport(report: DoneReport | void, mask: Mask): DoneReport | undefined {
  if (!isObject(report)) return undefined;
  const { location, notes, remarks } = report;
  return maskTexts({ location, notes, remarks }, mask) as DoneReport;
}

/** Masks the requests of an explanation. */
export function maskRequests(requests: readonly ExplainedRequest[], mask: Mask): readonly ExplainedRequest[] {
  return requests.map((request) => maskTexts(request, mask) as ExplainedRequest);
}

/** A logger that masks its messages and adds the name of the store or tap. */
export function maskLogger(logger: Logger, mask: Mask, name: LogFields): Logger {
  const log = (level: keyof Logger) => (message: string, fields?: LogFields) => {
    const code = fields?.code;
    logger[level](mask(String(message)), { ...name, ...(typeof code === "string" && { code: mask(code) }) });
  };
  return { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") };
}

/** Masks every text in plain data, to the depth that reports have. Returns the same object if nothing is masked. */
function maskTexts(value: unknown, mask: Mask, depth: number = 2): unknown {
  if (typeof value === "string") return mask(value);
  if (!isObject(value)) return value;
  if (depth < 0) return undefined;
  const entries = Object.entries(value).map(([key, part]) => [key, maskTexts(part, mask, depth - 1)] as const);
  if (entries.every(([key, part]) => Object.is(part, (value as Record<string, unknown>)[key]))) return value;
  return Array.isArray(value) ? entries.map(([, part]) => part) : Object.fromEntries(entries);
}
