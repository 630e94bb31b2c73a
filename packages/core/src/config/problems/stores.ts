import { quote } from "../../validation/show.ts";
import type { ProblemRows } from "./row.ts";

interface Store {
  readonly key: string;
}

/** Stores that write to the same place. `first` includes its place in a file, if it has one. */
interface SameTarget {
  readonly first: string;
  readonly second: string;
  readonly target: string;
  /** The param that names the target. */
  readonly param?: string | undefined;
}

/** Facts of the problems of stores and audits that run. */
export interface StoreFacts {
  wrong_kind: { tap: Store; store: Store };
  isolation: { object: Store };
  permission: { worker: Store };
  worker_missing: { file: Store & { readonly problem: string } };
  ordered: { unordered: Store };
  spool: { once: Store };
  unusable_state_dir: { folder: { readonly folder: string; readonly why: string } };
  origin_conflict: {
    audits: {
      readonly first: string;
      readonly second: string;
      readonly name: string;
      /** The two values; undefined where an audit has none. */
      readonly values: readonly (string | undefined)[];
    };
  };
  same_target: { stores: SameTarget; audits: SameTarget & Store };
}

/** The rows of the problems of stores and audits that run. */
export const STORE_PROBLEMS: ProblemRows<StoreFacts> = {
  wrong_kind: {
    what: "A tap is listed under `stores`, or a store under `taps`.",
    texts: {
      tap: ({ key }) => `"${key}" is a tap; list it under taps.`,
      store: ({ key }) => `"${key}" is a store; list it under stores.`,
    },
  },
  isolation: {
    what: "A store cannot run in a thread.",
    texts: {
      object: ({ key }) => noThread(key, "its plugin is given as an object; give its name or path."),
    },
  },
  permission: {
    what: "`--permission` of Node forbids threads.",
    texts: {
      worker: ({ key }) => noThread(key, "Node was started with --permission. Start it with --allow-worker as well."),
    },
  },
  worker_missing: {
    what: "The file that threads run is missing, as in a bundle.",
    texts: {
      file: ({ key, problem }) =>
        noThread(
          key,
          `the file that threads run is missing: ${problem}. Copy "@cloudmarker/core/worker" beside the bundle as worker.js, or give its place to createHost() as workerUrl.`,
        ),
    },
  },
  ordered: {
    what: "A store cannot keep records in their order.",
    texts: {
      unordered: ({ key }) => `"${key}" cannot keep records in their order; set delivery.ordered to false for it.`,
    },
  },
  spool: {
    what: "A store with `guarantee: at-most-once` is to have a journal.",
    texts: {
      once: ({ key }) =>
        `"${key}" has delivery.guarantee: at-most-once, and a journal sends again what a killed process may have sent; set delivery.spool to false or auto for it.`,
    },
  },
  unusable_state_dir: {
    what: "The state folder cannot be used.",
    texts: {
      folder: ({ folder, why }) =>
        `The state folder ${folder}, which keeps what cannot be delivered, cannot be used: ${why} Another one can be named with state_dir or --state-dir.`,
    },
  },
  origin_conflict: {
    what: "Two audits that run together name different origins.",
    texts: {
      audits({ first, second, name, values }) {
        const [one, two] = values.map((text) => (text === undefined ? "none" : quote(text)));
        return `Audits ${first} and ${second} run together, so their records must have the same origin. But the ${name} is ${one} in one and ${two} in the other. Write the same ${name} in both, or run them one at a time.`;
      },
    },
  },
  same_target: {
    what: "What one store writes, another would destroy.",
    texts: {
      stores: ({ first, second, target, param }) =>
        `"${second}" and ${first} both write to ${target}: what one writes, the other destroys. Give each a target of its own${another(param)}.`,
      audits: ({ first, second, key, target, param }) =>
        `Audits ${first} and "${second}" both use the store "${key}", which writes to ${target}: what one writes, the other destroys. Give each a store of its own${another(param)}.`,
    },
  },
};

function noThread(key: string, why: string): string {
  return `"${key}" cannot run in a thread of its own, since ${why}`;
}

function another(param: string | undefined): string {
  return param === undefined ? "" : `, with another ${param}`;
}
