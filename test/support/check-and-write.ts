import { createHost, type HostOptions, type StoreOption } from "@cloudmarker/core";

/** How long a store that fails is given to come round, in milliseconds; one that works answers long before. */
const DEADLINE_MS = 2_500;

/** Whether a store says that it could write, and whether it does. */
export interface Agreement {
  readonly check: boolean;
  readonly write: boolean;
  /** What `check` says. */
  readonly message: string;
  /** `ok`, or why not, as `check` says it and as the attempt to write did. */
  readonly codes: { readonly check: string; readonly write: string };
}

/** What {@link checkAndWrite} may be told. */
export interface CheckAndWriteOptions {
  readonly deadlineMs?: number;
  /** The environment of the store. @default that of the process */
  readonly env?: Readonly<Record<string, string>>;
}

/** Asks `check` of one store, then writes a record of its own to it. */
export async function checkAndWrite(
  plugin: StoreOption["plugin"],
  params: Readonly<Record<string, unknown>>,
  stateDir: string,
  { deadlineMs = DEADLINE_MS, env }: CheckAndWriteOptions = {},
): Promise<Agreement> {
  // A store that does not answer gives dead letters, which say why.
  const delivery = { retry: { min: "20ms", max: "100ms" }, spool: false };
  const options: HostOptions = { stores: { store: { plugin, params, delivery } }, stateDir, env };
  const [report] = await createHost(options).check();
  // A store that is blocked waits for somebody to correct the configuration, and this test does not wait for that.
  const enough = new AbortController();
  const host = createHost({ ...options, signal: enough.signal });
  let code: string | undefined;
  host.hooks.store.tap("check-and-write", ({ hooks }) => {
    hooks.retry.tap("check-and-write", (failure) => {
      code = failure.code;
      return undefined;
    });
    hooks.blocked.tap("check-and-write", (failure) => {
      code = failure.code;
      enough.abort();
    });
  });
  await host.write({ finding: "F1", severity: "high" });
  const [store] = (await host.done({ deadlineMs })).stores;
  const { ok: check = false, message = "", code: said = "" } = report ?? {};
  const write = store?.written === 1;
  const why = code ?? store?.problem?.code ?? store?.reasons[0]?.code ?? "";
  return { check, write, message, codes: { check: said, write: write ? "ok" : why } };
}
