import { commandFor, EXIT, type ExitCode, type Inspection, parseDuration, stateDirOption } from "@cloudmarker/core";
import { usageError } from "../errors.ts";
import { worst } from "../exit-codes.ts";
import { findSources, type Source } from "../input/sources.ts";
import type { WriteOptions } from "../options.ts";
import { withWorker } from "../presets/apply.ts";
import { aboutRun } from "../runs/about-run.ts";
import { deliver, NOTHING } from "../runs/deliver.ts";
import { deliverLeftovers, isWhole } from "../runs/leftovers.ts";
import { reportInputs, reportRun } from "../runs/report.ts";
import type { Session } from "../session.ts";

/** `cloudmarker write`: sends the records of all inputs to the stores and prints the receipt. */
export async function write(files: readonly string[], options: WriteOptions, session: Session): Promise<ExitCode> {
  const { world, reporter } = session;
  const deadlineMs = deadlineOf(options);
  const sources = withWorker(await findSources(files, world, options.config), options);
  const abort = new AbortController();
  const host = session.host({
    signal: abort.signal,
    workers: sources.map((source) => source.worker),
    about: (inspection) => aboutRun(options, sources, world.cwd, inspection),
    ...(options.runId !== undefined && { run: options.runId }),
  });
  const delivered = await deliver(session, {
    host,
    abort,
    reading: options,
    deadlineMs,
    inputs: sources.map(({ name }) => name),
    isResumed: false,
    async begin() {
      await host.open();
      const { stores, stateDir, defaultStateDir } = await host.inspect();
      // A signal came first: the run never began, and nothing of it is there.
      if (abort.signal.aborted) return NOTHING;
      const { keeps } = host;
      const once = stores.filter(({ delivery }) => delivery.guarantee === "at-most-once");
      const keys = once.map(({ key }) => key).join(", ");
      let next = commandFor("resume", host.run, stateDirOption(stateDir, defaultStateDir));
      if (once.length > 0) next = `its input is not read again, for ${keys} must get nothing twice.`;
      else if (keeps === "nothing") next = `repeat it with --run-id ${host.run}, for nothing of it is kept.`;
      reporter.note(`Run ${host.run}. If it is interrupted: ${next}`);
      const left = sources.map((source, input) => ({ input, source, known: undefined }));
      const readsOn = keeps !== "nothing" && once.length === 0 && canReadOn(stores, sources);
      return { left, ended: 0, isKept: keeps === "records", readsOn, notes: [] };
    },
  });
  const resumed =
    options.resume === false || !delivered.receipt.ok
      ? []
      : await deliverLeftovers(delivered, deadlineMs, options, session);
  const { exit: own, document, text } = await reportRun(delivered, session);
  const exit = worst([own, ...(resumed.every(isWhole) ? [] : [EXIT.INCOMPLETE])]);
  await session.result({ ...document, ...(resumed.length > 0 && { resumed }), exit }, () =>
    options.quiet && exit === EXIT.OK ? "" : text,
  );
  await reportInputs(delivered, session, options.debug === true);
  return exit;
}

/**
 * Whether a later process can read the inputs on, as far as they are files. Where a store gets them from their
 * beginning, none of them may be a pipe.
 */
function canReadOn(stores: Inspection["stores"], sources: readonly Source[]): boolean {
  const isReadAgain = stores.some(({ delivery, plugin }) => !delivery.spool || plugin.supports.durable === true);
  return !isReadAgain || sources.every(({ file }) => file !== undefined);
}

/** `--deadline` in milliseconds. @throws UsageError */
export function deadlineOf({ deadline }: Pick<WriteOptions, "deadline">): number | undefined {
  if (deadline === undefined) return undefined;
  const ms = parseDuration(deadline);
  if (ms === undefined) throw usageError("deadline", { deadline });
  return ms;
}
