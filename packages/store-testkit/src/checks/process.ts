import { createHost } from "@cloudmarker/core";
import type { StoreReceipt } from "@cloudmarker/store-api";
import { type Check, needs, type Verdict } from "../check.ts";
import type { Lab } from "../lab.ts";
import { markAt, markOf } from "../marks.ts";
import type { StoredRow } from "../options.ts";
import { type ChildOrder, type Ended, runChild } from "../process.ts";
import { few, repeated } from "../words.ts";

const QUEUE_BYTES = 1024 * 1024;

/** Records that are flushed when answers begin to be lost, and when the process is killed. */
const LOSE_AT = 60;
const KILL_AT = 120;

const RUN = "20261123_145314_k3x09a";

/** What the store does in a process of its own. */
export const PROCESS_CHECKS: readonly Check[] = [
  {
    key: "process-ends",
    writesNothing: true,
    clause: "SC-32",
    expected: "A process in which the store ran ends by itself.",
    fix: "Close in `close` what keeps the process alive, and start nothing when the module is imported.",
    after: ["writes", "throws-in-calls-alone", "leaves-no-handle", "changes-nothing-global"],
    needs: needs("module"),
    judge: async (lab) => {
      const { reports, crash } = await shortRun(lab);
      const store = doneOf(reports);
      for (const report of reports) {
        if (report.kind === "failed") return report.why;
        if (report.kind === "alive") return `it was kept alive by ${few(report.what)}`;
      }
      if (crash !== undefined) return crash;
      if (lab.subject.mode === "check") return undefined;
      if (store?.problem) return `${store.problem.code}: ${store.problem.message}`;
      return store?.written === 20 ? undefined : `of 20 records ${store?.written} were written`;
    },
  },
  {
    key: "import-changes-nothing-global",
    writesNothing: true,
    clause: "SC-04",
    expected: "The module of the store makes no global and installs no process-wide handler when it is imported.",
    fix: "Keep state in what `open` returns, and leave the process to the program.",
    after: ["process-ends", "changes-nothing-global"],
    needs: needs("module"),
    judge: async (lab) => {
      const changes = (await shortRun(lab)).reports.flatMap((one) => (one.kind === "changed" ? one.what : []));
      return changes.length > 0 ? `new: ${few(changes)}` : undefined;
    },
  },
  {
    key: "killed-acknowledged",
    clause: "SC-30",
    expected: "What `flush` had made durable is there after `kill -9`, once the run was resumed.",
    fix: "Resolve `flush` when the back end, or the disk, has everything that was acknowledged.",
    after: ["process-ends", "throws-in-calls-alone-in-trouble", "there-at-that-moment", "there-at-the-end"],
    needs: needs("module", "read"),
    judge: async (lab) => {
      const { rows, flushed, failed } = await killed(lab);
      if (failed !== undefined) return failed;
      const there = new Set(rows.map(({ json }) => markOf(json)));
      const missing = flushed.filter((mark) => !there.has(mark));
      // Where the text is not read back, it is not known which ones are there, but how many.
      const ids = new Set(rows.map(({ id }) => id)).size;
      if (rows.every(({ json }) => json === undefined))
        return ids < flushed.length ? `of ${flushed.length} records ${ids} are there` : undefined;
      return missing.length > 0 ? `${missing.length} records are missing: ${few(missing)}` : undefined;
    },
  },
  {
    key: "killed-once",
    clause: "SC-29",
    expected: "Every record is there once after `kill -9`, once the run was resumed.",
    fix: "Make `record.id` the key, and answer `duplicate` for what is there.",
    after: ["process-ends", "there-once", "lose-once", "run-again-once"],
    needs: needs("module", "read", "idempotent"),
    judge: async (lab) => repeated((await killed(lab)).rows),
  },
  {
    key: "memory-level",
    clause: "SC-39",
    expected: "The store holds no more memory after 20 times the bytes of the queue than after 5 times.",
    fix: "Let go of the records of a batch when `write` has answered, or at the latest when `flush` resolves.",
    // What a flush leaves where it is stays in memory as well.
    after: ["process-ends", "killed-acknowledged"],
    needs: needs("module"),
    judge: judgeMemory,
  },
];

/** One short run, or a check, in a process that ends by itself. */
function shortRun(lab: Lab): Promise<Ended> {
  const task = lab.subject.mode === "check" ? "check" : "end";
  return lab.once("process", async () => runChild(orderOf(task, await placeOf(lab))));
}

async function judgeMemory(lab: Lab): Promise<Verdict> {
  const order = orderOf("much", await placeOf(lab));
  const { reports, crash } = await runChild(order);
  const [early, late] = reports.flatMap((report) => (report.kind === "memory" ? [report.bytes] : []));
  if (early === undefined || late === undefined) return crash ?? "it did not come to its end";
  // Half of what was written in between: whoever keeps the records keeps more.
  const most = (15 * QUEUE_BYTES) / 2;
  const grown = late - early;
  return grown > most ? `it grew by ${Math.round(grown / 1024)} KiB while 15,360 KiB were written` : undefined;
}

interface Place {
  readonly namespace: string;
  readonly options: ChildOrder["options"];
  readonly module: string;
}

async function placeOf(lab: Lab): Promise<Place & { readonly at: Awaited<ReturnType<Lab["place"]>> }> {
  const at = await lab.place();
  await (await lab.proxy())?.set("pass");
  const delivery = { batch: { records: 50, bytes: QUEUE_BYTES / 4 }, queue: { bytes: QUEUE_BYTES }, timeout: "10s" };
  const { module = "" } = lab.subject;
  const options = { ...lab.hostOptions(at, module, { delivery }), run: RUN, origin: { key: "testkit" } };
  return { at, namespace: at.namespace, options, module };
}

function orderOf(task: ChildOrder["task"], { namespace, options, module }: Place): ChildOrder {
  return { task, options, module, namespace, bytes: QUEUE_BYTES };
}

function doneOf(reports: Ended["reports"]): StoreReceipt | undefined {
  return reports.flatMap((report) => (report.kind === "done" ? [report.store] : []))[0];
}

interface Killed {
  readonly rows: readonly StoredRow[];
  /** Marks of the records that were flushed. */
  readonly flushed: readonly string[];
  readonly failed: string | undefined;
}

/**
 * A process is killed while it writes, and the run is resumed in this one. Of what it wrote last the server has
 * records for which the process got no answer.
 */
function killed(lab: Lab): Promise<Killed> {
  return lab.once("killed", async () => {
    const { at, namespace, options, module } = await placeOf(lab);
    const proxy = await lab.proxy();
    const { reports, crash } = await runChild(orderOf("killed", { namespace, options, module }), (count) => {
      if (count >= LOSE_AT) void proxy?.set("lose");
      return count >= KILL_AT;
    });
    await proxy?.set("pass");
    const counts = reports.flatMap((report) => (report.kind === "flushed" ? [report.count] : []));
    const failed = reports.find((report) => report.kind === "failed");
    const most = Math.max(0, ...counts);
    if (most < KILL_AT) return { rows: [], flushed: [], failed: failed?.why ?? crash ?? "nothing was flushed" };
    const { run: _, ...again } = options;
    const resumed = createHost({ ...again, resume: RUN });
    try {
      await resumed.open();
      await resumed.done({ deadlineMs: 10_000 });
    } catch {
      // Nothing of the run was left: what the store itself has left is for the next run.
      const next = createHost(again);
      await next.open();
      await next.done({ deadlineMs: 10_000 });
    }
    const flushed = Array.from({ length: most }, (_unused, index) => markAt(namespace, index));
    return { rows: await lab.read(at), flushed, failed: undefined };
  });
}
