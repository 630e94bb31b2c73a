import { sizeWords } from "../size-words.ts";
import { commandFor } from "../command-for.ts";
import { type ErrorRows, EXIT } from "./row.ts";

/** Facts of the errors about what outlives the process. */
export interface StateFacts {
  SPOOL_FULL: {
    /** Bytes of records that the journal has, and that it may have. */
    tooMuch: { readonly usedBytes: number; readonly maxBytes: number };
    /** Bytes that are free on its disk, and that stay free. */
    noRoom: { readonly freeBytes: number; readonly reserveBytes: number };
    disk: { readonly why: string };
  };
  SPOOL_FAILED: { disk: { readonly why: string } };
  SPOOL_DAMAGED: { damaged: { readonly run: string; readonly damage: readonly string[] } };
  RUN_UNKNOWN: { missing: { readonly run: string; readonly folder: string } };
  RUN_IN_USE: { locked: { readonly run: string } };
  RUN_LEFT: {
    left: {
      readonly run: string;
      readonly folder: string;
      /** What names the state folder on a command line: see `stateDirOption`. */
      readonly option: string;
    };
  };
  RUN_IN_DOUBT: { once: RunInDoubt; again: RunInDoubt };
  STATE_UNUSABLE: { failed: { readonly why: string } };
  LETTERS_DAMAGED: { mended: { readonly what: string } };
  REPLAY_IN_USE: { locked: object };
  STORE_UNKNOWN: { missing: LettersOfStore };
  /** `taps` are keys of taps that the store lists, and the stores of the letters do not. */
  LETTERS_UNTAPPED: { untapped: LettersOfStore & { readonly taps: readonly string[] } };
  LETTERS_UNMARKED: { unmarked: LettersOfStore };
}

/** A run whose stores may have got some of it. */
interface RunInDoubt {
  readonly run: string;
  /** Keys of the stores that must get nothing twice. */
  readonly keys: readonly string[];
  /** What names the state folder on a command line: see `stateDirOption`. */
  readonly option: string;
}

/** Dead letters of one store. */
interface LettersOfStore {
  readonly audit: string;
  /** Key of the store. */
  readonly key: string;
  readonly letters: number;
}

/** The rows of the errors about what outlives the process. */
export const STATE_ERRORS: ErrorRows<StateFacts> = {
  SPOOL_FULL: {
    exit: EXIT.INCOMPLETE,
    what: "The journal of a run takes no more records: its disk is full, or `spool.max_bytes` or `spool.reserve_bytes` is reached.",
    fix: "Make room on the disk of the state folder, or change the limit.",
    texts: {
      tooMuch: ({ usedBytes, maxBytes }) => ({
        message: `The journal takes no more records: it holds ${sizeWords(usedBytes)} of records, and spool.max_bytes allows ${sizeWords(maxBytes)}.`,
      }),
      noRoom: ({ freeBytes, reserveBytes }) => ({
        message: `The journal takes no more records: its disk has ${sizeWords(freeBytes)} left, and spool.reserve_bytes keeps ${sizeWords(reserveBytes)} free.`,
      }),
      disk: ({ why }) => ({ message: why }),
    },
  },
  SPOOL_FAILED: {
    exit: EXIT.INCOMPLETE,
    what: "The journal of a run cannot be written; `cause` is the error of the disk.",
    fix: "Correct the state folder, or name another one with state_dir or --state-dir.",
    texts: { disk: ({ why }) => ({ message: why }) },
  },
  SPOOL_DAMAGED: {
    exit: EXIT.INCOMPLETE,
    what: "The journal of a run is damaged: what can be read of it is delivered. The rest is read again from the input files, or else counts as lost.",
    fix: "Look at the disk of the state folder. The damaged file stays beside the journal.",
    texts: {
      damaged: ({ run, damage }) => ({ message: `The journal of the run ${run} is damaged: ${damage.join(" ")}` }),
    },
  },
  RUN_UNKNOWN: {
    exit: EXIT.USAGE,
    what: "The state folder has no run with this id, or nothing is left of the run that is to be resumed.",
    fix: "`cloudmarker runs` lists the runs; `--state-dir` names another folder.",
    texts: {
      missing: ({ run, folder }) => ({ message: `Nothing is left of the run ${run} in ${folder}.` }),
    },
  },
  RUN_IN_USE: {
    exit: EXIT.LATER,
    what: "Another process has the run: it is not over, or is being resumed.",
    fix: "Wait until that process has ended.",
    texts: { locked: ({ run }) => ({ message: `Another process has the run ${run}.` }) },
  },
  RUN_LEFT: {
    exit: EXIT.USAGE,
    what: "A new run has the id of one whose journal is still there: that one was interrupted, or left something.",
    fix: "Resume that run: `cloudmarker resume RUN`. Or take another id.",
    texts: {
      left: ({ run, folder, option }) => ({
        message: `An earlier process of the run ${run} has left something in ${folder}.`,
        fix: `To go on with it: ${commandFor("resume", run, option)}. Or take another id.`,
      }),
    },
  },
  RUN_IN_DOUBT: {
    exit: EXIT.USAGE,
    what: "A run is to be resumed from the beginning of its inputs, or written again under its id, and a store of it has `delivery.guarantee: at-most-once`. Nothing is sent.",
    fix: "Give the run up, `cloudmarker runs forget RUN`, and run the scanner again as a new run.",
    texts: {
      once: ({ run, keys, option }) => ({
        message: `The run ${run} cannot be resumed: ${doubtOf(keys)}`,
        fix: giveUp(run, option),
      }),
      again: ({ run, keys, option }) => ({
        message: `The run ${run} was interrupted, and cannot be written again: ${doubtOf(keys)}`,
        fix: giveUp(run, option),
      }),
    },
  },
  STATE_UNUSABLE: {
    exit: EXIT.CONFIG,
    what: "A database of the state folder cannot be used.",
    fix: "Correct what the message says, or name another folder with state_dir or --state-dir.",
    texts: { failed: ({ why }) => ({ message: why }) },
  },
  LETTERS_DAMAGED: {
    exit: EXIT.INCOMPLETE,
    what: "The database of dead letters was damaged. It was set aside, and what could be read of it is in a new one.",
    fix: "Do again what was to be done. Look at the disk of the state folder.",
    texts: { mended: ({ what }) => ({ message: what }) },
  },
  REPLAY_IN_USE: {
    exit: EXIT.LATER,
    what: "Another process sends dead letters of this state folder again.",
    fix: "Wait until that process has ended.",
    texts: {
      locked: () => ({ message: "Another process sends dead letters of this state folder again." }),
    },
  },
  STORE_UNKNOWN: {
    exit: EXIT.LATER,
    what: "The configuration does not have the store of dead letters that are to be sent again; they were left.",
    fix: "Put the store back, name the configuration that has it with -c, or send them to another store with --to.",
    texts: {
      missing: ({ audit, key, letters }) => ({
        message: `${letters} of the dead letters were left: no store ${key} is in the audit ${audit} of the configuration. --to sends them to another one.`,
      }),
    },
  },
  LETTERS_UNTAPPED: {
    exit: EXIT.LATER,
    what: "Dead letters are to be sent to another store, which lists taps that they have not gone through; they were left.",
    fix: "Send them to their own store, or to one without further taps.",
    texts: {
      untapped: ({ key, letters, taps }) => ({
        message: `${letters} of the dead letters were left: the records of ${key} go through ${taps.join(", ")}, and these letters have not.`,
      }),
    },
  },
  LETTERS_UNMARKED: {
    exit: EXIT.INCOMPLETE,
    what: "Dead letters arrived, and could not be marked in the state folder: the next replay sends them once more.",
    fix: "Make room in the state folder, and look at its disk.",
    texts: {
      unmarked: ({ key, letters }) => ({
        message: `${letters} of the dead letters arrived in ${key}, and could not be marked: the next replay sends them once more.`,
      }),
    },
  },
};

function doubtOf(keys: readonly string[]): string {
  return `it is not known what its earlier process sent to ${keys.join(", ")}, and with delivery.guarantee: at-most-once a store gets nothing twice.`;
}

function giveUp(run: string, option: string): string {
  return `Give the run up, ${commandFor("runs forget", run, option)}, and run the scanner again as a new run.`;
}
