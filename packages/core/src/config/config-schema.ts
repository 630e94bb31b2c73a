import type { ParamsSchema } from "@cloudmarker/store-api";

import { LEGACY_KEYS, LEGACY_LISTS, LEGACY_STORES } from "./legacy.ts";
import { embedSchema } from "./embed-schema.ts";
import type { Schema } from "../validation/schema-walk.ts";

/** An installed plugin, as {@link configSchema} needs it. */
export interface InstalledPlugin {
  /** Other values of `plugin:` that name this plugin, besides its name and its class path in the predecessor. */
  readonly refs?: readonly string[];
  /** Keys under `plugins:` that need no `plugin:`, such as those of the base configuration. */
  readonly keys?: readonly string[];
  readonly plugin: { readonly name: string; readonly params: ParamsSchema };
}

const text = (description: string): Schema => ({ type: "string", description });
const taps = (description: string): Schema => ({ type: "array", items: { type: "string" }, description });
const ref = (name: string): Schema => ({ $ref: `#/$defs/${name}` });
const count = (description: string): Schema => ({
  description,
  anyOf: [{ type: "integer", minimum: 1 }, ref("placeholder")],
});
const object = (description: string, properties: Schema): Schema => ({
  type: "object",
  description,
  additionalProperties: false,
  properties,
});

// oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
const when = (test: Schema, then: Schema): Schema => ({ if: test, then });

/** The parts that are the same for every plugin. */
const COMMON: Schema = {
  placeholder: {
    type: "string",
    pattern: "\\$\\{",
    description: "A value from outside: ${VAR}, ${VAR:-default} or ${file:/path}.",
  },
  duration: {
    anyOf: [
      { type: "number", minimum: 0 },
      { type: "string", pattern: "^\\d+(\\.\\d+)? ?([mM][sS]|[sSmMhHdD])$" },
      ref("placeholder"),
    ],
  },
  size: {
    anyOf: [
      { type: "number", minimum: 0 },
      { type: "string", pattern: "^\\d+(\\.\\d+)? ?([kKmMgGtT][iI]?)?[bB]$" },
      ref("placeholder"),
    ],
  },
  delivery: object(
    "How records are delivered. Durations: milliseconds or 500ms, 60s, 5m, 1h, 1d; sizes: bytes or 512KiB, 5MB.",
    {
      batch: object("A batch is sent when it is full by any of these.", {
        records: count("Records of a batch at most."),
        bytes: { ...ref("size"), description: "Bytes of a batch at most; a larger single record goes alone." },
        age: { ...ref("duration"), description: "A batch is sent at this age, full or not." },
      }),
      queue: object("What may be held for the store without acknowledgement; the producer waits beyond it.", {
        records: count("Records held at most."),
        bytes: { ...ref("size"), description: "Bytes held at most." },
      }),
      concurrency: count("Batches that are sent at a time."),
      ordered: {
        description: "No record overtakes another: one batch at a time.",
        anyOf: [{ type: "boolean" }, ref("placeholder")],
      },
      guarantee: {
        description:
          "What happens to a record if it is unknown whether the store has it: it is sent again, or it becomes a dead letter.",
        anyOf: [{ enum: ["at-least-once", "at-most-once"] }, ref("placeholder")],
      },
      isolation: {
        description: "Whether the store runs in the thread of the program or in one of its own.",
        anyOf: [{ enum: ["inline", "thread"] }, ref("placeholder")],
      },
      spool: {
        description:
          "Whether what the store has not got is kept on disk, and delivered later. auto: unless the store's own disk keeps it.",
        anyOf: [{ enum: ["auto", true, false] }, ref("placeholder")],
      },
      timeout: { ...ref("duration"), description: "Time limit of one attempt." },
      deadline: { ...ref("duration"), description: "Time limit for finishing." },
      fail_fast: {
        description:
          "Whether nothing waits for a store that takes nothing from the beginning, and is blocked or refuses connections. auto: without a spool only if it is blocked.",
        anyOf: [{ enum: ["auto", true, false] }, ref("placeholder")],
      },
      retry: object("Back-off between attempts.", {
        min: { ...ref("duration"), description: "Longest first wait." },
        max: { ...ref("duration"), description: "Longest wait." },
      }),
    },
  ),
  spool: object("How what is not delivered yet is kept on disk, for all stores whose delivery.spool is on.", {
    commit: { ...ref("duration"), default: "200ms", description: "A record that is not settled by then is written." },
    max_bytes: { ...ref("size"), default: "4GiB", description: "What the records of one run may take on disk." },
    reserve_bytes: { ...ref("size"), default: "1GiB", description: "What stays free on the disk." },
    when_full: {
      description: "What happens when no more can be kept: producers wait, or what exceeds it becomes dead letters.",
      default: "block",
      anyOf: [{ enum: ["block", "dead_letter"] }, ref("placeholder")],
    },
  }),
  state: object("What is kept of runs that are over: receipts and dead letters.", {
    keep: { ...ref("duration"), default: "90d", description: "How long they are kept." },
    max_bytes: { ...ref("size"), default: "1GiB", description: "What they may take on disk." },
  }),
  audit: {
    ...object("A named list of stores.", {
      stores: {
        type: "array",
        items: {
          anyOf: [
            { type: "string" },
            {
              ...object("A store with taps of its own.", {
                store: text("Key of the store."),
                taps: taps("Keys of taps for this store alone, after all others, in the order in which they apply."),
              }),
              required: ["store"],
            },
          ],
        },
        description: "Keys of the stores that receive the records.",
      },
      taps: taps("Keys of the taps for all stores of the audit, in the order in which they apply."),
      id: {
        description: "JSON pointers to what a record is about, such as /raw/id; part of its document id.",
        anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }],
      },
      origin: object("Who produces the records; where a record says nothing of it.", {
        key: text("com.origin_key: the key of what produces them."),
        class: text("com.origin_class: its kind."),
        worker: text("com.origin_worker: names FileStore's file. AUDIT_KEY where there is a key and no worker."),
        type: text("com.origin_type: such as cloud or event."),
      }),
      ...Object.fromEntries(LEGACY_LISTS.map((key) => [key, { description: "Of the predecessor; left alone." }])),
    }),
  },
};

/**
 * One JSON Schema (2020-12) for a whole `cloudmarker.yaml` with exactly these plugins, for completion and checks in
 * editors. Other plugins may have any params. A param that takes a plain value may also be `${VAR}`.
 * @throws CloudmarkerError PLUGIN_SCHEMA_INVALID
 */
export function configSchema(plugins: readonly InstalledPlugin[]): Schema {
  const definitions: Schema = { ...COMMON };
  const conditions: Schema[] = [];
  const keyed: Schema = {};
  const known: string[] = [];
  for (const [index, { refs = [], keys = [], plugin }] of plugins.entries()) {
    // The number separates two plugins whose names differ only in punctuation.
    const name = `params-${index + 1}-${plugin.name.replaceAll(/\W+/g, "-")}`;
    const params = embedSchema(plugin.params, plugin.name, `/$defs/${name}`);
    definitions[name] = params;
    const needed = Array.isArray(params.required) && params.required.length > 0 ? { required: ["params"] } : {};
    const names = namesOf(plugin.name, refs);
    known.push(...names);
    const typed = { properties: { params: ref(name) } };
    conditions.push(when({ properties: { plugin: { enum: names } }, required: ["plugin"] }, { ...typed, ...needed }));
    // A key of the base configuration is merged with it, so nothing is required here.
    for (const key of keys) keyed[key] = { allOf: [ref("plugin"), when({ not: { required: ["plugin"] } }, typed)] };
  }
  definitions.plugin = pluginEntry([...new Set(known)], conditions);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Cloudmarker configuration",
    $defs: definitions,
    patternProperties: { "^x-": { description: "Of your own, such as values for aliases; left alone." } },
    ...object("Stores, and the audits whose records they receive.", {
      plugins: {
        type: "object",
        description: "Stores and taps by key.",
        properties: keyed,
        additionalProperties: ref("plugin"),
      },
      audits: { type: "object", description: "Audits by name.", additionalProperties: ref("audit") },
      run: { type: "array", items: { type: "string" }, description: "Names of the audits to run." },
      delivery: ref("delivery"),
      spool: ref("spool"),
      state: ref("state"),
      state_dir: text("Folder for what must outlive a run: what is not delivered yet, receipts and dead letters."),
      state_dir_unsafe: {
        anyOf: [{ type: "boolean" }, ref("placeholder")],
        default: false,
        description: "The state folder may be on a network file system: only one machine uses it.",
      },
      markers: {
        anyOf: [{ type: "boolean" }, ref("placeholder")],
        default: false,
        description: "Bracket the records of a run with begin_audit and end_audit records.",
      },
      ...Object.fromEntries(LEGACY_KEYS.map((key) => [key, { description: "Of the predecessor; left alone." }])),
    }),
  };
}

function namesOf(name: string, refs: readonly string[]): string[] {
  const legacy = [...LEGACY_STORES].filter(([, short]) => short === name).map(([path]) => path);
  return [...new Set([name, ...refs, ...legacy])];
}

function pluginEntry(known: readonly string[], conditions: readonly Schema[]): Schema {
  const entry = object("A store or a tap.", {
    plugin: {
      description: "Short name, package name, npm:exact-name, or ./path relative to this file.",
      anyOf: [...(known.length > 0 ? [{ enum: known }] : []), { type: "string" }],
    },
    params: { type: "object", description: "Parameters of the plugin." },
    delivery: ref("delivery"),
    taps: taps("Keys of taps for this store alone, after those of the audit, in the order in which they apply."),
  });
  return conditions.length > 0 ? { ...entry, allOf: conditions } : entry;
}
