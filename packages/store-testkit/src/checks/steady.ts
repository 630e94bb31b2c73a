import { MASK } from "@cloudmarker/store-api";
import { type Check, needs, Unasked, type Verdict } from "../check.ts";
import { type Facts, type Hand, type Lab, until } from "../lab.ts";
import { markOf } from "../marks.ts";
import { isThere } from "../watch.ts";
import { few, repeated } from "../words.ts";
import { secretsFor, shows } from "./plugin.ts";

const STARTED = ["params-unchanged"];
const WRITES = ["writes"];

/** What the store does while nothing goes wrong. */
export const STEADY_CHECKS: readonly Check[] = [
  {
    key: "writes",
    clause: "SC-10",
    expected: "Batches of one, two and the most records are written at the first attempt.",
    fix: "See what the store answered or threw: the server is well, and nothing is wrong with these records.",
    after: STARTED,
    judge: async (lab) => {
      const { refused, receipt, watched } = await steady(lab);
      if (refused !== undefined) return refused;
      if (!receipt) return "there is no receipt";
      const failed = watched.attempts.find(({ said }) => !said.every(isThere));
      if (watched.calls.includes("open failed")) return `open failed: ${few(watched.texts)}`;
      if (failed)
        return `write answered ${failed.said.find((one) => !isThere(one))}: ${reason(failed.error, watched.texts)}`;
      return undefined;
    },
  },
  {
    key: "there-at-that-moment",
    clause: "SC-30",
    expected: "What `write` acknowledges is there at that moment, or when `flush` has resolved.",
    fix: "Return from `write` when the back end has answered, or have a `flush` that waits until it has.",
    after: WRITES,
    needs: (lab) => (lab.visible === "done" ? "it publishes at the end of the run" : needs("read")(lab)),
    judge: async (lab) => {
      const facts = await steady(lab);
      const late = facts.watched.missing.filter((record) => !facts.lost.includes(record));
      return late.length > 0 ? `${late.length} records came only later: ${marks(late)}` : undefined;
    },
  },
  {
    key: "there-at-the-end",
    clause: "SC-11",
    expected: "Every record that `write` acknowledged is there at the end of the run.",
    fix: "Read what the back end answers about each record, and return or throw it.",
    after: [...WRITES, "there-at-that-moment"],
    needs: needs("read"),
    judge: async (lab) => {
      const { lost } = await steady(lab);
      return lost.length > 0 ? `${lost.length} records are missing: ${marks(lost)}` : undefined;
    },
  },
  {
    key: "there-once",
    clause: "SC-11",
    expected: "A record that was written once is there once.",
    fix: "Write each record of the batch once.",
    after: WRITES,
    needs: needs("read"),
    judge: async (lab) => twice(await steady(lab)),
  },
  {
    key: "batch-unchanged",
    clause: "SC-10",
    expected: "The store leaves the batch as it is.",
    fix: "Copy the batch before you sort it or take something out.",
    after: [],
    judge: async (lab) => ((await steady(lab)).watched.changedBatch ? "it took records out, or moved them" : undefined),
  },
  {
    key: "prints-nothing",
    writesNothing: true,
    clause: "SC-04",
    expected: "The store writes nothing to the console.",
    fix: "Use `context.logger`.",
    after: STARTED,
    judge: async (lab) => {
      const { printed } = (await steady(lab)).watched;
      return printed.length > 0 ? `it printed ${JSON.stringify(printed[0])}` : undefined;
    },
  },
  {
    key: "throws-in-calls-alone",
    writesNothing: true,
    clause: "SC-04",
    expected: "Nothing is thrown outside of the calls of the host.",
    fix: "Listen to `error` of each socket and stream, and wait for each promise or take its error.",
    after: STARTED,
    async judge(lab) {
      await steady(lab);
      return lab.uncaught[0];
    },
  },
  {
    key: "changes-nothing-global",
    writesNothing: true,
    clause: "SC-04",
    expected: "The store makes no global and installs no process-wide handler.",
    fix: "Keep state in what `open` returns, and leave the process to the program.",
    after: STARTED,
    judge: async (lab) => {
      const { changes } = await steady(lab);
      return changes.length > 0 ? `new: ${few(changes)}` : undefined;
    },
  },
  {
    key: "leaves-no-handle",
    writesNothing: true,
    clause: "SC-32",
    expected: "After `close` nothing of the store keeps the process alive.",
    fix: "Close sockets, files and timers in `close`, and wait for that.",
    after: STARTED,
    judge: async (lab) => {
      const { handles } = await steady(lab);
      return handles.length > 0 ? `still there: ${few(handles)}` : undefined;
    },
  },
  ...(
    [
      ["flush", "SC-30"],
      ["done", "SC-31"],
      ["close", "SC-32"],
    ] as const
  ).map(([call, clause]): Check => ({
    key: `${call}-succeeds`,
    writesNothing: call === "close",
    clause,
    expected: `\`${call}\` does not fail in a good run.`,
    fix: "See what it threw, or for what it waited.",
    after: WRITES,
    judge: async (lab) => {
      const { watched } = await steady(lab);
      return watched.calls.includes(`${call} failed`) ? few(watched.texts) : undefined;
    },
  })),
  {
    key: "two-at-a-time",
    clause: "SC-04",
    expected: "Two open stores of one plugin do not mix their records.",
    fix: "Keep no state outside of what `open` returns.",
    after: ["there-at-the-end"],
    needs: needs("read"),
    judge: async (lab) => {
      const [first, second] = await lab.once("two", () => two(lab));
      const mixed = [first, second].flatMap(({ rows, sent }) =>
        rows.flatMap(({ json }) => {
          const mark = markOf(json);
          return mark !== undefined && !sent.includes(mark) ? [mark] : [];
        }),
      );
      const lost = [...first.lost, ...second.lost];
      if (mixed.length > 0) return `records are in the wrong place: ${few(mixed)}`;
      return lost.length > 0 ? `records are missing: ${marks(lost)}` : undefined;
    },
  },
  {
    key: "empty-run-writes-nothing",
    clause: "SC-05",
    expected: "A run without a record leaves no record.",
    fix: "Write records in `write` alone; probe the back end in `check`, and leave it as it was.",
    after: STARTED,
    needs: needs("read"),
    judge: async (lab) => {
      const { rows } = await lab.once("empty", () => lab.run({}));
      return rows.length > 0 ? `${rows.length} records are there` : undefined;
    },
  },
  {
    key: "check-is-ok",
    clause: "SC-33",
    expected: "`check` says ok while the store can write.",
    fix: "Try in `check` what `write` needs, and return `{ ok: true, code, message }`.",
    after: [...WRITES, "close-succeeds"],
    judge: async (lab) => {
      const { report } = await checked(lab);
      return report?.ok ? undefined : `${report?.code}: ${report?.message}`;
    },
  },
  {
    key: "check-writes-nothing",
    clause: "SC-33",
    expected: "`check` leaves the back end as it was.",
    fix: "Ask for something, rather than write something.",
    after: ["empty-run-writes-nothing"],
    needs: needs("read"),
    judge: async (lab) => {
      const { rows } = await checked(lab);
      return rows.length > 0 ? `${rows.length} records are there` : undefined;
    },
  },
  {
    key: "keeps-secrets",
    writesNothing: true,
    clause: "SC-02",
    expected: "No secret stands in what the store says or the host keeps.",
    fix: "Leave secrets out of messages, reasons and notes.",
    after: STARTED,
    judge: async (lab) => {
      const { canaries, facts } = await lab.once("canary", () => canary(lab));
      const { watched, output } = facts;
      const found = [...watched.texts, ...output].find((text) => canaries.some((secret) => shows(text, secret)));
      return found === undefined ? undefined : JSON.stringify(found.slice(0, 200));
    },
    needs: ({ plugin }) =>
      Object.values(plugin.params?.properties ?? {}).some(({ writeOnly }) => writeOnly === true)
        ? undefined
        : "no param is marked as a secret",
  },
  {
    key: "explain-equals",
    clause: "SC-07",
    expected: "The body of each request with records that `explain` shows is what `write` sends.",
    fix: "Make the requests in one function, and let `explain` and `write` use it.",
    after: ["there-once", "two-at-a-time", "batch-unchanged", "explain-masks"],
    needs: (lab) => (lab.plugin.explain ? needs("server")(lab) : "the store has no `explain`"),
    judge: async (lab) => explained(lab),
  },
  {
    key: "eight-at-once",
    clause: "SC-19",
    expected: "Eight first batches that come at a time are all written, at the first attempt.",
    fix: "Create the table or the connection once, and let every call of `write` wait for the same promise.",
    after: ["there-at-the-end", "two-at-a-time"],
    needs: needs("unordered"),
    judge: async (lab) => {
      const { watched, lost } = await lab.once("eight", () => eight(lab));
      const failed = watched.attempts.find(({ said }) => !said.every(isThere));
      if (failed) return reason(failed.error, watched.texts);
      return lost.length > 0 ? `${lost.length} records are missing: ${marks(lost)}` : undefined;
    },
  },
  {
    key: "in-order",
    clause: "SC-19",
    expected: "Records are there in the order in which they were accepted.",
    fix: "Write the records of a batch one after the other, or claim no order.",
    after: ["there-at-the-end", "batch-unchanged"],
    needs: (lab) => needs("ordered")(lab) ?? needs("read")(lab),
    judge: async (lab) => {
      const { rows, sent } = await steady(lab);
      const order = rows.flatMap(({ json }) => markOf(json) ?? []);
      const wrong = order.find((mark, index) => mark !== sent[index]);
      return wrong === undefined ? undefined : `${wrong} is not where it should be`;
    },
  },
];

/** One, two and the most records of a batch; where nothing may be written, a check. */
function steady(lab: Lab): Promise<Facts> {
  if (lab.subject.mode === "check") return lab.once("steady", () => lab.run({ isCheck: true }));
  const most = Math.min(lab.plugin.batch?.records ?? 1000, 5000);
  return lab.once("steady", () =>
    lab.run({
      looks: true,
      delivery: { batch: { records: most } },
      async script({ host, write }) {
        for (const count of [1, 2, most]) {
          await write(count);
          await host.flush().catch(() => undefined);
        }
        // These are there only if the end of the run takes care of them.
        await write(3);
      },
    }),
  );
}

async function two(lab: Lab): Promise<readonly [Facts, Facts]> {
  const both = Promise.withResolvers<void>();
  let waiting = 0;
  const beforeWrite = (): Promise<void> => {
    if (++waiting === 2) both.resolve();
    return both.promise;
  };
  const [first, second] = [await lab.place(), await lab.place()];
  return Promise.all([
    lab.run({ at: first, script: writes(5), beforeWrite }),
    lab.run({ at: second, script: writes(5), beforeWrite }),
  ]);
}

/** The first eight calls reach the store together. */
function eight(lab: Lab): Promise<Facts> {
  const all = Promise.withResolvers<void>();
  let waiting = 0;
  return lab.run({
    delivery: { concurrency: 8, batch: { records: 5 } },
    script: writes(40),
    beforeWrite() {
      if (++waiting >= 8) all.resolve();
      return all.promise;
    },
  });
}

/** The same records in the same place, first explained and then written. */
async function explained(lab: Lab): Promise<Verdict> {
  const at = await lab.place();
  const run = "20261123_145314_k3x09a";
  const records = [1, 2, 3].map((finding) => ({ raw: { finding, mark: "explained" }, com: {} }));
  const requests = await lab.explain(at, run, records);
  const proxy = await lab.proxy();
  proxy?.forget();
  await lab.run({ at, run, script: ({ host }) => host.write(records) });
  const sent = proxy?.sent.toString() ?? "";
  // A binary protocol has the text without its quotes.
  if (!/"explained\\*"/u.test(sent))
    return new Unasked("what is sent is not the JSON of the records: it is packed, encrypted or binary");
  // A request without records prepares something, and depends on what the server is and has.
  const other = requests.find(({ body, records: carried }) => carried > 0 && !hasAll(sent, body.split(MASK)));
  return other && `it does not send ${JSON.stringify(other.body.slice(0, 200))}`;
}

/** Whether a text has these parts, one after the other. */
function hasAll(text: string, parts: readonly string[]): boolean {
  let from = 0;
  return parts.every((part) => {
    const found = text.indexOf(part, from);
    from = found + part.length;
    return found !== -1;
  });
}

async function checked(lab: Lab) {
  return lab.once("check", async () => {
    const at = await lab.place();
    const report = await lab.check(at);
    return { report, rows: lab.subject.read ? await lab.read(at) : [] };
  });
}

/** A run with secrets that the server does not know; where nothing may be written, a check with its secrets. */
async function canary(lab: Lab) {
  const at = await lab.place();
  const { canaries, params } = secretsFor(lab, at);
  if (lab.subject.mode === "check") return { canaries, facts: await steady(lab) };
  const facts = await lab.run({
    at,
    params,
    isHopeless: true,
    script: (hand) => hopeless(lab, hand),
  });
  return { canaries, facts };
}

/** Writes records that cannot be delivered, until the host has tried twice. */
export async function hopeless(lab: Lab, { write, watched: { attempts, calls } }: Hand): Promise<void> {
  await write(10);
  const tries = (): number => calls.filter((call) => call === "open failed").length + attempts.length;
  await until(() => tries() >= 2, lab.patienceMs);
}

/** A script that writes so many records, and nothing else. */
export function writes(count: number): (hand: Hand) => Promise<void> {
  return async ({ write }) => void (await write(count));
}

/** Records that are there more than once. */
export function twice({ rows }: Facts): string | undefined {
  return repeated(rows);
}

/** The marks of some records. */
export function marks(records: readonly { readonly json: string }[]): string {
  return few(records.map(({ json }) => markOf(json) ?? json.slice(0, 40)));
}

/** What the store said last. */
function reason(error: string | undefined, texts: readonly string[]): string {
  return error ?? few(texts);
}
