import { messageOf } from "./message-of.ts";
import { type ErrorRows, EXIT } from "./row.ts";

/** Facts of the errors about a run, its taps, and the program that embeds the host. */
export interface RunFacts {
  TAP_FAILED: { failed: { readonly name: string; readonly hook: string; readonly what: string } };
  DEAD_LETTER_FAILED: {
    lost: { readonly key: string; readonly cause: unknown };
    kept: { readonly key: string; readonly cause: unknown };
    notTaken: object;
  };
  LOGGER_FAILED: { failed: { readonly cause: unknown } };
  PRODUCER_FAILED: {
    failed: { readonly cause: unknown };
    stopped: { readonly cause: unknown };
    notEnded: object;
    disposed: object;
    late: object;
    interrupted: object;
    fewer: object;
  };
  OPTION_INVALID: { wrong: { readonly messages: readonly string[] } };
  CURRENT_FOLDER_MISSING: { missing: object };
  PERMISSION_DENIED: {
    /** `option` is the one of Node that allows it. */
    denied: {
      readonly permission: string;
      readonly place?: string | undefined;
      readonly option?: string | undefined;
    };
  };
  HOST_CLOSED: { write: object; later: object };
  HOOK_CLOSED: { tap: { readonly name: string; readonly hook: string } };
  CODE_GENERATION: { forbidden: object };
}

/** The rows of the errors about a run, its taps, and the program that embeds the host. */
export const RUN_ERRORS: ErrorRows<RunFacts> = {
  TAP_FAILED: {
    exit: EXIT.INCOMPLETE,
    what: "A tap threw, hung or gave a wrong answer; the run went on without its answer.",
    fix: "Correct the tap, or report it to its author: `cause` is what it threw.",
    texts: { failed: ({ name, hook, what }) => ({ message: `${name} in ${hook}: ${what}` }) },
  },
  DEAD_LETTER_FAILED: {
    exit: EXIT.INCOMPLETE,
    what: "Records could neither be delivered nor dead-lettered. They stay in the journal of the run; without one, they are lost.",
    fix: "Make room in the state folder, or name another one with state_dir or --state-dir. Then run again.",
    texts: {
      // Without a number: the log has the first of many such messages, and the receipt counts all.
      lost: ({ key, cause }) => ({
        message: `Records of ${key} are lost: they could not be dead-lettered: ${messageOf(cause)}`,
      }),
      kept: ({ key, cause }) => ({
        message: `Records that ${key} refused could not be dead-lettered, and stay in the journal of the run while it has room: ${messageOf(cause)}`,
        fix: "Make room in the state folder, or correct it. Then resume the run.",
      }),
      notTaken: () => ({
        message: "No tap of host.hooks.deadLetter took the dead letters.",
        fix: "A tap of host.hooks.deadLetter that keeps the dead letters returns true.",
      }),
    },
  },
  LOGGER_FAILED: {
    exit: EXIT.INCOMPLETE,
    what: "The logger threw: lines are missing from the log, and nothing else.",
    fix: "Correct the logger of the program.",
    texts: {
      failed: ({ cause }) => ({
        message: `The logger failed, so lines are missing from the log: ${messageOf(cause)}`,
      }),
    },
  },
  PRODUCER_FAILED: {
    exit: EXIT.INCOMPLETE,
    what: "A producer ended early: the records that it had not written yet are missing.",
    fix: "Run the producer again, or see why it stopped.",
    texts: {
      failed: ({ cause }) => ({ message: `The producer failed: ${messageOf(cause)}` }),
      stopped: ({ cause }) => ({ message: `The run was stopped: ${messageOf(cause)}` }),
      notEnded: () => ({ message: "A stream of writable() was not ended before done()." }),
      disposed: () => ({ message: "The host was disposed of without done()." }),
      interrupted: () => ({ message: "An earlier process of the run ended early: what it had not read is missing." }),
      fewer: () => ({ message: "The inputs have fewer records than an earlier process of the run read of them." }),
      late: () => ({ message: "The deadline was over before every record had been taken." }),
    },
  },
  OPTION_INVALID: {
    exit: EXIT.SOFTWARE,
    what: "A method was given an option that does not exist, or one of the wrong kind; it did nothing.",
    fix: "Correct the call in the program.",
    texts: {
      wrong: ({ messages: [first = "", ...others] }) => ({ message: first, why: others.join("\n") }),
    },
  },
  CURRENT_FOLDER_MISSING: {
    exit: EXIT.CONFIG,
    what: "The current folder of the process cannot be used.",
    fix: "It was removed or moved while the shell stood in it, or may not be read. Go to another folder with cd.",
    texts: { missing: () => ({ message: "The current folder does not exist any more." }) },
  },
  PERMISSION_DENIED: {
    exit: EXIT.CONFIG,
    what: "Node was started with `--permission` and without an option that the host needs.",
    fix: "Start Node with the option that `details` names.",
    texts: {
      denied({ permission, place, option = "the option that allows it" }) {
        const what = place === undefined ? "what the host needs" : `${permission} of ${place}`;
        return {
          message: `Node was started with --permission, which does not allow ${what}.`,
          fix: `Start it with ${option}${place === undefined ? "" : `=${place}`}: configuration, plugins and what they import must be readable, from their own folders up to that of the program.`,
        };
      },
    },
  },
  HOST_CLOSED: {
    exit: EXIT.SOFTWARE,
    what: "The host was used after done(), or to write into a run whose inputs are read on later.",
    fix: "Write before done(), and make a new host for the next run.",
    texts: {
      write: () => ({ message: "The run is over: write() after done()." }),
      later: () => ({
        message: "Nothing can be written: the inputs of the run are read on later.",
        fix: "Answer `readsOn` with true where the inputs can be read on now.",
      }),
    },
  },
  HOOK_CLOSED: {
    exit: EXIT.SOFTWARE,
    what: "A hook was tapped after the host was opened.",
    fix: "Tap before open() or the first write(); tap a store's hooks inside host.hooks.store.",
    texts: {
      tap: ({ name, hook }) => ({ message: `${name} taps ${hook} too late: the host is open already.` }),
    },
  },
  CODE_GENERATION: {
    exit: EXIT.CONFIG,
    what: "The process forbids the code generation that the hooks need.",
    fix: "Start Node.js without --disallow-code-generation-from-strings.",
    texts: {
      forbidden: () => ({ message: "This process forbids code generation from strings, which the hooks need." }),
    },
  },
};
