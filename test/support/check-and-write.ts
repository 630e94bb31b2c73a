import { createHost, type HostOptions } from "@cloudmarker/core";

/** How long a blocked record is waited for, in milliseconds; a store that works answers long before. */
const DEADLINE_MS = 2_500;

/** Whether a store says that it could write, and whether it does. */
export interface Agreement {
  readonly check: boolean;
  readonly write: boolean;
  /** What `check` says. */
  readonly message: string;
}

/** Asks `check` of one store, then writes a record of its own to it. */
export async function checkAndWrite(
  plugin: NonNullable<HostOptions["stores"]>[string],
  params: Readonly<Record<string, unknown>>,
  stateDir: string,
  deadlineMs: number = DEADLINE_MS,
): Promise<Agreement> {
  const options: HostOptions = { stores: { store: { plugin, params } as never }, stateDir };
  const [report] = await createHost(options).check();
  const host = createHost(options);
  await host.write({ finding: "F1", severity: "high" });
  const receipt = await host.done({ deadlineMs });
  const [store] = receipt.stores;
  return { check: report?.ok ?? false, write: store?.written === 1, message: report?.message ?? "" };
}
