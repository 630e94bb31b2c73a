import type { DeliveryConfig } from "@cloudmarker/core";
import { type Check, needs, Unasked, type Verdict } from "../check.ts";
import type { ProxyFault } from "../faulty-proxy.ts";
import { type Facts, type Lab, until } from "../lab.ts";
import { markOf } from "../marks.ts";
import type { TestServer } from "../options.ts";
import { isThere } from "../watch.ts";
import { few } from "../words.ts";
import { hopeless, marks, twice, writes } from "./steady.ts";

const GOOD = ["there-at-that-moment", "there-at-the-end", "two-at-a-time", "batch-unchanged"];

/** What goes wrong: on the way to the server, or with the server. */
type Fault = Exclude<ProxyFault, "pass"> | "restart";

interface Outage {
  readonly fault: Fault;
  readonly clause: string;
  readonly what: string;
  readonly fix: string;
}

const OUTAGES: readonly Outage[] = [
  {
    fault: "down",
    clause: "SC-26",
    what: "the server was down for a while",
    fix: "Answer `retry` if there is no connection: nothing is wrong with the records. Connect again for the next batch.",
  },
  {
    fault: "cut",
    clause: "SC-15",
    what: "the connection was cut before the server had anything",
    fix: "Answer `unknown`, or throw without a status, and use a new connection for the next batch. A client that is closed for good: throw an error with `reopen: true`.",
  },
  {
    fault: "lose",
    clause: "SC-15",
    what: "the server wrote a batch and its answer was lost",
    fix: "Answer `unknown`, use a new connection, and let `record.id` decide what is there already.",
  },
  {
    fault: "hang",
    clause: "SC-18",
    what: "the server took a batch and did not answer",
    fix: "Give the request `context.signal`, and use a new connection for the next batch.",
  },
  {
    fault: "restart",
    clause: "SC-67",
    what: "the server was stopped and started midway",
    fix: "Connect again for the next batch, and make again what a new connection needs; or throw an error with `reopen: true`.",
  },
  {
    fault: "slow",
    clause: "SC-18",
    what: "every answer was slow",
    fix: "Leave time limits to the host: `context.signal` is aborted when the time is over.",
  },
];

/** What the store does while the server, or the way to it, fails. */
export const FAULT_CHECKS: readonly Check[] = [
  ...OUTAGES.flatMap(({ fault, clause, what, fix }): readonly Check[] => [
    {
      key: `${fault}-acknowledged`,
      clause: "SC-11",
      expected: `Every record that was acknowledged while ${what} is there.`,
      fix: "Let errors reach the host: throw them, or answer for each record.",
      after: GOOD,
      needs: needs("server", "read"),
      judge: (lab) =>
        inOutage(lab, fault, ({ lost }) =>
          lost.length > 0 ? `${lost.length} records are missing: ${marks(lost)}` : undefined,
        ),
    },
    {
      key: `${fault}-arrives`,
      clause,
      expected: `Every record arrives, though ${what}.`,
      fix,
      // A store that gives up a connection that is cut does so in a restart as well.
      after: [...GOOD, `${fault}-acknowledged`, ...(fault === "restart" ? ["cut-arrives", "down-arrives"] : [])],
      needs: needs("server"),
      judge: (lab) => inOutage(lab, fault, notAllWritten),
    },
    {
      key: `${fault}-once`,
      clause: "SC-29",
      expected: `Every record is there once, though ${what}.`,
      fix: "Make `record.id` the key, or claim not to be idempotent.",
      after: [...GOOD, "there-once"],
      needs: needs("server", "read", "idempotent"),
      judge: (lab) => inOutage(lab, fault, twice),
    },
    {
      key: `${fault}-leaves-no-handle`,
      clause: "SC-32",
      expected: `After \`close\` nothing keeps the process alive, though ${what}.`,
      fix: "Destroy connections in `close`, also those that are being made and those that wait for an answer.",
      after: [...GOOD, "leaves-no-handle"],
      needs: needs("server"),
      judge: (lab) =>
        inOutage(lab, fault, ({ handles }) => (handles.length > 0 ? `still there: ${few(handles)}` : undefined)),
    },
  ]),
  {
    key: "nothing-after-close",
    clause: "SC-32",
    expected: "After `close` the store writes nothing, though an attempt had no answer.",
    fix: "Leave it to the host to send records again, and end in `close` what is under way.",
    after: [...GOOD, "hang-acknowledged"],
    needs: needs("server", "read"),
    judge: async (lab) => {
      const { rows, refused } = await lab.once("later", () => later(lab));
      return rows.length > 0 ? `${rows.length} records came after it` : refused;
    },
  },
  {
    key: "run-again-once",
    clause: "SC-29",
    expected: "A run that is repeated under its id adds nothing.",
    fix: "Make `record.id` the key, and answer `duplicate` for what is there.",
    after: [...GOOD, "there-once"],
    needs: needs("read", "idempotent"),
    judge: async (lab) => {
      const again = await lab.once("again", () => twoRuns(lab));
      return twice(again) ?? notAllWritten(again);
    },
  },
  {
    key: "whole-batch-once",
    clause: "SC-65",
    expected: "A batch that comes again whole adds nothing.",
    fix: "Name what a batch writes by `batchId(batch)`, and write it whole or not at all.",
    after: [...GOOD, "there-once"],
    needs: needs("read", "whole"),
    judge: async (lab) => {
      const again = await lab.once("whole batches", () => twoRuns(lab, { batch: { records: 10 } }));
      return twice(again) ?? notAllWritten(again);
    },
  },
  {
    key: "poison-acknowledged",
    clause: "SC-11",
    expected: "A record that the back end refuses is not acknowledged.",
    fix: "Read what the back end answers about each record, and return `reject` for those that it refuses.",
    after: GOOD,
    needs: needs("read"),
    judge: async (lab) => {
      const { facts } = await poisoned(lab);
      const silent = facts.lost.filter((record) => !callOf(facts, record)?.said.includes("reject"));
      return silent.length > 0 ? `${silent.length} are not there: ${marks(silent)}` : undefined;
    },
  },
  {
    key: "poison-index",
    clause: "SC-12",
    expected: "The outcome of a record has the index of that record in the batch.",
    fix: "Count from 0, in the batch that `write` was given, also if you send it in parts or in another order.",
    after: [...GOOD, "poison-acknowledged"],
    needs: needs("read"),
    judge: async (lab) => {
      const { facts, bad } = await poisoned(lab);
      const wrong = facts.letters.filter(({ json }) => !bad.includes(markOf(json) ?? ""));
      const misnamed = facts.lost.filter((record) => callOf(facts, record)?.said.includes("reject"));
      if (misnamed.length === 0) return undefined;
      return `${misnamed.length} refused records were acknowledged, and ${wrong.length} others rejected in their place`;
    },
  },
  {
    key: "poison-alone",
    clause: "SC-16",
    expected: "In each place of a batch of 100, a record that the back end refuses costs none of its neighbours.",
    fix: "Answer `reject` for that record alone, or throw `RejectError` so that the host finds it.",
    after: [...GOOD, "poison-acknowledged", "poison-index"],
    needs: needs("read"),
    judge: async (lab) => {
      const { facts, bad, sent } = await poisoned(lab);
      if (facts.letters.length === 0 && facts.lost.length === 0 && facts.receipt?.written === sent.length)
        return new Unasked("the back end refused nothing: give the test a `poison`");
      const dead = new Set(facts.letters.map(({ json }) => markOf(json) ?? ""));
      const neighbours = [...dead].filter((mark) => !bad.includes(mark));
      if (neighbours.length > 0) return `${neighbours.length} neighbours became dead letters: ${few(neighbours)}`;
      const there = new Set(facts.rows.map(({ json }) => markOf(json)));
      const absent = sent.filter((mark) => !there.has(mark) && !dead.has(mark));
      return absent.length > 0
        ? `${absent.length} records are neither there nor dead letters: ${few(absent)}`
        : undefined;
    },
  },
  {
    key: "wrong-credentials-wait",
    clause: "SC-17",
    expected: "With wrong credentials no record is given up: the store is blocked.",
    fix: "Answer `blocked` where the back end refuses the credentials.",
    after: ["writes"],
    needs: ({ subject }) => (subject.wrong?.credentials ? undefined : "no wrong credentials are given"),
    judge: async (lab) => {
      const { receipt, refused, letters } = givenUp(await misled(lab, "credentials"));
      if (refused !== undefined) return refused;
      if (letters.length > 0) return `${letters.length} records became dead letters: ${letters[0]?.code}`;
      if (receipt?.written) return `${receipt.written} records were written`;
      return receipt?.problem ? undefined : "the receipt has no problem";
    },
  },
  {
    key: "wrong-credentials-check",
    clause: "SC-33",
    expected: "With wrong credentials `check` says so.",
    fix: "Send a request with the credentials in `check`.",
    after: ["check-is-ok"],
    needs: ({ subject }) => (subject.wrong?.credentials ? undefined : "no wrong credentials are given"),
    judge: async (lab) =>
      (await lab.check(await lab.place(), lab.subject.wrong?.credentials))?.ok ? "it says ok" : undefined,
  },
  {
    key: "wrong-address-waits",
    clause: "SC-26",
    expected: "With a wrong address no record is given up.",
    fix: "Answer `retry` or `blocked` if there is no connection.",
    after: ["writes"],
    needs: ({ subject }) => (subject.wrong?.address ? undefined : "no wrong address is given"),
    judge: async (lab) => {
      const { receipt, refused, letters } = givenUp(await misled(lab, "address"));
      if (refused !== undefined) return refused;
      if (letters.length > 0) return `${letters.length} records became dead letters: ${letters[0]?.code}`;
      return receipt?.written ? `${receipt.written} records were written` : undefined;
    },
  },
  {
    key: "wrong-address-check",
    clause: "SC-33",
    expected: "With a wrong address `check` says so.",
    fix: "Send a request in `check`.",
    after: ["check-is-ok"],
    needs: ({ subject }) => (subject.wrong?.address ? undefined : "no wrong address is given"),
    judge: async (lab) =>
      (await lab.check(await lab.place(), lab.subject.wrong?.address))?.ok ? "it says ok" : undefined,
  },
  {
    key: "failed-open-leaves-no-handle",
    clause: "SC-32",
    expected: "A store that does not come to work leaves nothing that keeps the process alive.",
    fix: "Close what `open` has made before it throws.",
    after: ["leaves-no-handle"],
    needs: ({ subject }) => (subject.wrong ? undefined : "no wrong params are given"),
    judge: async (lab) => {
      const kinds = (["credentials", "address"] as const).filter((kind) => lab.subject.wrong?.[kind]);
      const handles: string[] = [];
      for (const kind of kinds) handles.push(...(await misled(lab, kind)).handles);
      return handles.length > 0 ? `still there: ${few(handles)}` : undefined;
    },
  },
  {
    key: "prints-nothing-in-trouble",
    clause: "SC-04",
    expected: "The store writes nothing to the console, whatever goes wrong.",
    fix: "Use `context.logger`, or what you throw.",
    // Of a handler that each run installs once more, Node prints a warning.
    after: ["prints-nothing", "changes-nothing-global"],
    async judge(lab) {
      await poisoned(lab);
      return lab.printed.length > 0 ? `it printed ${JSON.stringify(few(lab.printed))}` : undefined;
    },
  },
  {
    key: "throws-in-calls-alone-in-trouble",
    clause: "SC-04",
    expected: "Nothing is thrown outside of the calls of the host, whatever goes wrong.",
    fix: "Listen to `error` of each socket and stream, and wait for each promise or take its error.",
    after: ["throws-in-calls-alone"],
    async judge(lab) {
      if (lab.subject.server) await outage(lab, "cut", undefined);
      await poisoned(lab);
      return lab.uncaught[0];
    },
  },
];

/** Judges a run with an outage, if there can be one. */
async function inOutage(lab: Lab, fault: Fault, judge: (facts: Facts) => Verdict): Promise<Verdict> {
  const server = fault === "restart" ? await lab.server() : undefined;
  if (fault === "restart" && !server?.start) return new Unasked("the server has no `start`");
  return judge(await outage(lab, fault, server));
}

/** Some records before, some during and some after a fault. */
function outage(lab: Lab, fault: Fault, server: TestServer | undefined): Promise<Facts> {
  return lab.once(`outage ${fault}`, () =>
    lab.run({
      isShort: fault === "hang",
      delivery: { batch: { records: 10 } },
      async script({ host, write, watched, proxy }) {
        await write(10);
        await host.flush().catch(() => undefined);
        // With a spool a flush is over before anything is delivered.
        await until(() => watched.acknowledged >= 10, lab.patienceMs);
        if (fault === "restart") await server?.stop();
        else await proxy?.set(fault);
        const { attempts, calls } = watched;
        // First a record that is alone: what an attempt says of it is final.
        for (const count of [1, 10]) {
          const before = { attempts: attempts.length, calls: calls.length };
          await write(count);
          // One attempt that ends; of a store that does not end one by itself, the second that begins.
          await until(() => attempts.length > before.attempts || calls.length > before.calls + 1, lab.patienceMs);
        }
        await server?.start?.();
        await proxy?.set("pass");
        await write(10);
        await host.flush().catch(() => undefined);
      },
    }),
  );
}

/** A run that ends while the server hangs. What the server gets, it gets afterwards. */
function later(lab: Lab): Promise<Facts> {
  return lab.run({
    staysBroken: true,
    isHopeless: true,
    isShort: true,
    async script(hand) {
      await hand.proxy?.set("hang");
      await hopeless(lab, hand);
    },
  });
}

async function twoRuns(lab: Lab, delivery?: DeliveryConfig): Promise<Facts> {
  const at = await lab.place();
  const run = "20261123_145314_k3x09a";
  const order = { at, run, script: writes(20), ...(delivery && { delivery }) };
  await lab.run(order);
  return lab.run(order);
}

interface Poisoned {
  readonly facts: Facts;
  /** Marks of those that are refused. */
  readonly bad: readonly string[];
  readonly sent: readonly string[];
}

const BATCH = 100;

/** A hundred batches of a hundred, with a record that the back end refuses in each place. */
function poisoned(lab: Lab): Promise<Poisoned> {
  return lab.once("poison", async () => {
    const poison = lab.subject.poison ?? { text: "\0" };
    const bad: string[] = [];
    const facts = await lab.run({
      delivery: { batch: { records: BATCH } },
      async script({ write }) {
        for (let place = 0; place < BATCH; place++) {
          const records = Array.from({ length: BATCH }, (_, index) =>
            index === place ? poison : { finding: "open port" },
          );
          const sent = await write(records);
          bad.push(sent[place] ?? "");
        }
      },
    });
    return { facts, bad, sent: facts.sent };
  });
}

/** The call in which a record was acknowledged. */
function callOf({ watched }: Facts, record: { readonly id: string }) {
  return watched.attempts.find(({ batch, said }) =>
    batch.some(({ id }, index) => id === record.id && isThere(said[index])),
  );
}

function misled(lab: Lab, kind: "credentials" | "address"): Promise<Facts> {
  return lab.once(`wrong ${kind}`, () =>
    lab.run({
      params: lab.subject.wrong?.[kind] ?? {},
      isHopeless: true,
      isShort: true,
      script: (hand) => hopeless(lab, hand),
    }),
  );
}

/** The same without what the host gave up by itself: a state folder that is too slow is no fault of the store. */
function givenUp(facts: Facts): Facts {
  return { ...facts, letters: facts.letters.filter(({ code }) => code !== "deadline") };
}

/** Whether the host could deliver everything. */
function notAllWritten({ receipt, letters, refused }: Facts): string | undefined {
  if (refused !== undefined) return refused;
  if (!receipt) return "there is no receipt";
  const { accepted, written, duplicate, spooled } = receipt;
  if (letters.length > 0)
    return `${letters.length} records became dead letters: ${letters[0]?.code}, ${letters[0]?.reason}`;
  return written + duplicate === accepted ? undefined : `of ${accepted} records ${spooled} were not written in time`;
}
