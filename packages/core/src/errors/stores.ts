import { counted } from "../grouped.ts";
import { messageOf } from "./message-of.ts";
import { type ErrorRows, EXIT } from "./row.ts";

/** A store, by its key. */
interface Named {
  readonly key: string;
}

/** A store and its plugin. */
interface OfPlugin extends Named {
  readonly plugin: string;
}

interface Caused extends Named {
  readonly cause: unknown;
}

/** Facts of the errors about one store. */
export interface StoreFacts {
  STORE_OPEN_FAILED: { failed: Caused; late: Named };
  STORE_FLUSH_FAILED: { one: OfPlugin & Caused; several: { readonly errors: readonly unknown[] } };
  STORE_DONE_FAILED: { notOpened: Caused; notPublished: Caused; notClosed: Caused };
  STORE_CRASHED: { crashed: Caused; inDoubt: Named & { readonly records: number } };
  STORE_OUTCOME_INVALID: { answer: OfPlugin & { readonly what: string; readonly isOnce: boolean } };
  STORE_STALLED: {
    nothing: Named & { readonly limitMs: number };
    wrong: Named & { readonly cause: { readonly code: string; readonly reason: string } };
  };
  STORE_BLOCKED_LOOP: { blocked: OfPlugin & { readonly call: string; readonly seconds: string } };
}

/** The rows of the errors about one store. */
export const STORE_ERRORS: ErrorRows<StoreFacts> = {
  STORE_OPEN_FAILED: {
    exit: EXIT.INCOMPLETE,
    what: "A store could not be opened; the other stores go on.",
    fix: "Run `cloudmarker check`: it opens the store and says what is wrong. Then run again.",
    texts: {
      failed: ({ key, cause }) => ({ message: `${key} did not open: ${messageOf(cause)}` }),
      late: ({ key }) => ({ message: `${key} did not open before the deadline` }),
    },
  },
  STORE_FLUSH_FAILED: {
    exit: EXIT.INCOMPLETE,
    what: "A store could not make durable what it had acknowledged; `cause` is what it threw.",
    fix: "Remove the cause, such as a full disk, and flush again or run again: records since the last good flush may be missing.",
    texts: {
      one: ({ key, plugin, cause }) => ({ message: `${key} (${plugin}) did not flush: ${messageOf(cause)}` }),
      several: ({ errors }) => ({
        message: `${errors.length} stores did not flush.`,
        why: errors.map(messageOf).join("\n"),
      }),
    },
  },
  STORE_DONE_FAILED: {
    exit: EXIT.INCOMPLETE,
    what: "A store failed while it published its records.",
    fix: "Remove the cause and run again: the records of this run may not be where they should be.",
    texts: {
      notOpened: ({ key, cause }) => ({ message: `${key} did not open again: ${messageOf(cause)}` }),
      notPublished: ({ key, cause }) => ({ message: `${key} did not publish: ${messageOf(cause)}` }),
      notClosed: ({ key, cause }) => ({ message: `${key} did not close: ${messageOf(cause)}` }),
    },
  },
  STORE_CRASHED: {
    exit: EXIT.INCOMPLETE,
    what: "The thread of a store threw, ended or stopped reacting; it was ended, and the store is opened again.",
    fix: "Report it to the author of the plugin. Run again if the receipt says that records may be missing.",
    texts: {
      crashed: ({ key, cause }) => ({ message: `${key} crashed: ${messageOf(cause)}` }),
      inDoubt: ({ key, records }) => ({
        message: `${key} crashed, or had to be opened again, after it had acknowledged ${counted(records, "record")} and before it had made ${records === 1 ? "it" : "them"} durable: some may be missing.`,
      }),
    },
  },
  STORE_OUTCOME_INVALID: {
    exit: EXIT.INCOMPLETE,
    what: "A store returned outcomes that name no record of the batch.",
    fix: "Report it to the author of the plugin: write() must return outcomes as the store contract says.",
    texts: {
      answer: ({ key, plugin, what, isOnce }) => {
        const fate = isOnce ? "become dead letters" : "are sent again";
        return { message: `${key} (${plugin}) gave an answer that makes no sense: ${what}. Records in doubt ${fate}.` };
      },
    },
  },
  STORE_STALLED: {
    exit: EXIT.INCOMPLETE,
    what: "A store without a spool took nothing for its whole deadline while its queue was full, or was plainly wrong from the beginning (delivery.fail_fast); what waited is dead-lettered.",
    fix: "Find out why the store is slow, down or wrong. With delivery.spool nothing is given up; delivery.fail_fast: false, a longer delivery.deadline or a larger delivery.queue waits longer.",
    texts: {
      nothing: ({ key, limitMs }) => ({
        message: `${key} took nothing for ${limitMs} ms and its queue is full: until it works again, further records are dead-lettered.`,
      }),
      wrong: ({ key, cause: { code, reason } }) => ({
        message: `${key} has taken nothing, and until it does, its records are dead-lettered at once (delivery.fail_fast): ${code}: ${reason}`,
      }),
    },
  },
  STORE_BLOCKED_LOOP: {
    exit: EXIT.INCOMPLETE,
    what: "A store blocked the event loop, so nothing else in the program could run. Time limits are extended by that time.",
    fix: "Write `delivery.isolation: thread` for the store: it then runs in its own thread.",
    texts: {
      blocked: ({ key, plugin, call, seconds }) => ({
        message: `${key} (${plugin}) blocked the event loop for ${seconds} s in ${call}(): nothing else in the program could run. Time limits are extended by that time; use delivery.isolation: thread to run it in its own thread.`,
      }),
    },
  },
};
