import { messageOf } from "./message-of.ts";
import { type ErrorRows, type ErrorText, EXIT } from "./row.ts";

/** A params schema that cannot be used. */
interface Schema {
  readonly plugin: string;
}

interface SchemaPlace extends Schema {
  /** JSON pointer to the place in the schema. */
  readonly pointer: string;
}

/** An answer of a plugin; what it is or must be is given in words. */
interface Call {
  readonly plugin: string;
  readonly call: string;
}

/** Facts of the errors about a plugin that breaks the contract. */
export interface PluginContractFacts {
  PLUGIN_SCHEMA_INVALID: {
    noObject: Schema;
    topType: Schema;
    notJson: Schema & { readonly cause: unknown };
    draft: Schema & { readonly draft: unknown };
    uncompiled: Schema & { readonly cause: unknown };
    noTarget: Schema & { readonly ref: unknown };
    outside: SchemaPlace & { readonly ref: unknown };
    reference: Schema & { readonly ref: string };
    protoKey: SchemaPlace & { readonly keyword: string };
    keyword: SchemaPlace & { readonly keyword: string };
    sameId: Schema & { readonly id: unknown };
    default: Schema & { readonly param: string };
    unreadable: Schema & { readonly cause: unknown };
  };
  PLUGIN_ANSWER_INVALID: {
    /** `answer` is what the call returned, in words. */
    answer: Call & { readonly answer: string; readonly wanted: string };
    item: Call & { readonly item: string; readonly wanted: string };
    promise: Call;
    threw: Call & { readonly cause: unknown };
    target: { readonly plugin: string; readonly cause: unknown };
    unreadable: Call;
    method: { readonly plugin: string; readonly method: string; readonly found: string };
    limits: { readonly plugin: string; readonly faults: readonly string[] };
    apply: { readonly key: string };
    pushed: { readonly pushed: string };
    check: { readonly plugin: string; readonly answer: string };
  };
}

const FOR_THE_AUTHOR =
  "The author of the plugin must correct it: report it there, or use another version of the plugin.";

/** The rows of the errors about a plugin that breaks the contract. */
export const PLUGIN_CONTRACT_ERRORS: ErrorRows<PluginContractFacts> = {
  PLUGIN_SCHEMA_INVALID: {
    exit: EXIT.CONFIG,
    what: "The params schema of a plugin is invalid.",
    fix: "Your configuration is not to blame: this is for the plugin's author. Report it there, or use another version of the plugin.",
    texts: {
      noObject: (facts) => wrongSchema(facts, "it is not an object."),
      topType: (facts) => wrongSchema(facts, 'it needs `type: "object"` at the top, since params are an object.'),
      notJson: (facts) => wrongSchema(facts, `it is not JSON (${messageOf(facts.cause)}).`),
      draft: (facts) =>
        wrongSchema(
          facts,
          `its \`$schema\` is ${JSON.stringify(facts.draft)}. Known are draft 2020-12 (the default) and draft-07.`,
        ),
      uncompiled: (facts) => wrongSchema(facts, `${messageOf(facts.cause)}.`),
      noTarget: (facts) => wrongSchema(facts, `"${String(facts.ref)}" does not point to an object schema.`),
      outside: (facts) =>
        wrongSchema(
          facts,
          `the \`$ref\` ${JSON.stringify(facts.ref)} (at #${facts.pointer}) points outside the schema or nowhere. Nothing is fetched: put the schema under \`$defs\` and refer to it as "#/$defs/NAME".`,
        ),
      reference: (facts) => wrongSchema(facts, `${JSON.stringify(facts.ref)} is not a valid reference.`),
      protoKey: (facts) =>
        wrongSchema(facts, `\`${facts.keyword}\` of the key "__proto__" are not supported (at #${facts.pointer}).`),
      keyword: (facts) => wrongSchema(facts, `\`${facts.keyword}\` (at #${facts.pointer}) is not supported.`),
      sameId: (facts) => wrongSchema(facts, `the \`$id\` ${JSON.stringify(facts.id)} is used twice.`),
      default: (facts) => wrongSchema(facts, `the default of "${facts.param}" breaks the schema itself.`),
      unreadable: ({ plugin, cause }) => ({
        message: `The params schema of ${plugin} cannot be read: ${messageOf(cause)}`,
      }),
    },
  },
  PLUGIN_ANSWER_INVALID: {
    exit: EXIT.CONFIG,
    what: "A plugin gave an answer that the contract does not allow, or failed in a call that must not fail. Where its store is opened or checked, that is a failure of this store, and the exit code is 1.",
    fix: FOR_THE_AUTHOR,
    texts: {
      answer: ({ plugin, call, answer, wanted }) => ({
        message: `${plugin}: ${call}() returned ${answer} and must return ${wanted}.`,
      }),
      item: ({ plugin, call, item, wanted }) => ({
        message: `${plugin}: ${call}() returned a list with ${item}; each must be ${wanted}.`,
      }),
      promise: ({ plugin, call }) => ({
        message: `${plugin}: ${call}() returned a promise and must answer at once.`,
      }),
      threw: ({ plugin, call, cause }) => ({ message: `${plugin}: ${call}() threw: ${messageOf(cause)}` }),
      target: ({ plugin, cause }) => ({ message: `${plugin}: target() failed: ${messageOf(cause)}` }),
      unreadable: ({ plugin, call }) => ({
        message: `${plugin}: ${call}() returned an object that cannot be read.`,
      }),
      method: ({ plugin, method, found }) => ({
        message: `${plugin}: open() returned a store whose ${method} is ${found} and must be a function, or absent.`,
      }),
      limits: ({ plugin, faults }) => ({ message: `${plugin}: ${faults.join("; ")}.` }),
      apply: ({ key }) => ({
        message: `The tap ${key} returned a promise from apply(): it must have tapped when apply() returns.`,
      }),
      check: ({ plugin, answer }) => ({
        message: `check() of ${plugin} returned ${answer}; it must be { ok: true or false, code: a text, message: a text }.`,
      }),
      pushed: ({ pushed }) => ({
        message: `A tap of host.hooks.validate pushed ${pushed}; each must be { path, message }.`,
      }),
    },
  },
};

function wrongSchema({ plugin }: Schema, reason: string): ErrorText {
  return { message: `The params schema of the plugin "${plugin}" is wrong: ${reason}` };
}
