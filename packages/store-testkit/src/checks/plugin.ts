import type { ParamsSchema } from "@cloudmarker/store-api";
import { createHost } from "@cloudmarker/core";
import { Ajv } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import type { Check } from "../check.ts";
import type { Lab } from "../lab.ts";
import type { At } from "../options.ts";
import { few } from "../words.ts";

/** What the plugin says of itself, before anything is opened. */
export const PLUGIN_CHECKS: readonly Check[] = [
  {
    key: "definition",
    writesNothing: true,
    clause: "SC-01",
    expected: "The plugin has kind, name, apiVersion 1, params, supports, batch and open.",
    fix: "Export what `defineStore({ … })` returns, as the default export.",
    after: [],
    judge: ({ plugin }) => {
      const { kind, name, apiVersion, params, supports, batch, open } = plugin;
      const wrong = [
        kind !== "store" && "kind",
        (typeof name !== "string" || !/^[a-z][a-z0-9-]*$/u.test(name)) && "name",
        apiVersion !== 1 && "apiVersion",
        params?.type !== "object" && "params",
        typeof supports !== "object" && "supports",
        typeof batch !== "object" && "batch",
        typeof open !== "function" && "open",
      ].filter((part) => part !== false);
      return wrong.length > 0 ? `wrong or missing: ${wrong.join(", ")}` : undefined;
    },
  },
  {
    key: "schema-strict",
    writesNothing: true,
    clause: "SC-02",
    expected: "`params` is a JSON Schema without a keyword that nothing knows.",
    fix: "Correct the keyword: a misspelt one checks nothing.",
    after: ["definition"],
    judge: ({ plugin }) => schemaProblem(plugin.params),
  },
  {
    key: "defaults-valid",
    writesNothing: true,
    clause: "SC-02",
    expected: "Every default in `params` is a valid value of its param.",
    fix: "Change the default, or what the schema allows.",
    after: ["schema-strict"],
    judge: ({ plugin }) => {
      const ajv = ajvOf(plugin.params);
      const wrong = Object.entries(plugin.params.properties ?? {}).flatMap(([name, schema]) => {
        return schema.default === undefined || ajv.validate(schema, schema.default) ? [] : [name];
      });
      return wrong.length > 0 ? `the default of ${few(wrong)} is not valid` : undefined;
    },
  },
  {
    key: "params-unchanged",
    writesNothing: true,
    clause: "SC-02",
    expected: "The params of the test are valid, and the host starts with them.",
    fix: "Read what the host says, and correct the plugin or the `params` of the test.",
    after: ["defaults-valid"],
    judge: async (lab) => {
      const at = await lab.place();
      const host = createHost(lab.hostOptions(at, lab.plugin, {}));
      const { problems } = await host.inspect();
      return problems.length > 0 ? few(problems.map(({ message }) => message)) : undefined;
    },
  },
  {
    key: "explain-masks",
    writesNothing: true,
    clause: "SC-07",
    expected: "`explain` sends nothing, counts every record, and shows no secret.",
    fix: "Put `MASK` in the place of every secret, and send nothing: `explain` only describes.",
    after: ["params-unchanged"],
    needs: ({ plugin }) => (plugin.explain ? undefined : "the store has no `explain`"),
    judge: judgeExplain,
  },
];

async function judgeExplain(lab: Lab): Promise<string | undefined> {
  const at = await lab.place();
  const proxy = await lab.proxy();
  const { canaries, params } = secretsFor(lab, at);
  const said: string[] = [];
  let records = 0;
  // What the plugin itself returns: the host masks it once more.
  const plugin: typeof lab.plugin = {
    ...lab.plugin,
    async explain(batch, given, context) {
      const requests = (await lab.plugin.explain?.(batch, given, context)) ?? [];
      said.push(JSON.stringify(requests));
      records += requests.reduce((sum, request) => sum + request.records, 0);
      return requests;
    },
  };
  const before = proxy?.accepted ?? 0;
  const problems: string[] = [];
  const host = createHost({
    ...lab.hostOptions(at, plugin, { params }),
    explain: ({ problem }) => void (problem !== undefined && problems.push(problem)),
  });
  await host.write([{ finding: 1 }, { finding: 2 }, { finding: 3 }]);
  await host.done();
  if (problems.length > 0) return `it failed: ${few(problems)}`;
  if (records !== 3) return `of 3 records its requests have ${records}`;
  if ((proxy?.accepted ?? 0) > before) return "it opened a connection";
  const leaked = canaries.filter((canary) => said.some((text) => shows(text, canary)));
  if (leaked.length > 0) return "a secret stands in a request";
  const rows = lab.subject.read ? await lab.read(at) : [];
  return rows.length > 0 ? `it wrote ${rows.length} records` : undefined;
}

/** What is wrong with the schema itself. */
export function schemaProblem(params: ParamsSchema): string | undefined {
  try {
    ajvOf(params).compile(params);
    return undefined;
  } catch (error) {
    return String(error);
  }
}

function ajvOf(schema: ParamsSchema): Ajv {
  const Draft = schema.$schema?.includes("draft-07") ? Ajv : (Ajv2020 as unknown as typeof Ajv);
  const ajv = new Draft({ strict: true, strictTypes: false, allErrors: true });
  // The annotations of the contract.
  ajv.addVocabulary(["x-unit", "x-also"]);
  // It is CommonJS: some bundlers make it the module itself, others its default export.
  const add = (formats as unknown as { default?: typeof formats }).default ?? formats;
  (add as unknown as (to: Ajv) => void)(ajv);
  return ajv;
}

interface Secrets {
  /** Texts that may not appear anywhere. */
  readonly canaries: readonly string[];
  readonly params: Readonly<Record<string, unknown>>;
}

/** The params of a place, with a secret of the kit's in place of each text that is one. */
export function secretsFor({ plugin, subject }: Lab, at: At): Secrets {
  const given = subject.params(at);
  const names = Object.entries(plugin.params.properties ?? {}).flatMap(([name, { writeOnly }]) =>
    writeOnly === true && typeof given[name] === "string" ? [name] : [],
  );
  // A check needs those of the user. One that is short may stand in a text by chance.
  if (subject.mode === "check")
    return { canaries: names.map((name) => String(given[name])).filter((text) => text.length >= 6), params: given };
  const replaced = Object.fromEntries(names.map((name) => [name, `Canary-${name}-7f3a9c51`]));
  return { canaries: Object.values(replaced), params: { ...given, ...replaced } };
}

/** Whether a text shows a secret, as it is or in base64. */
export function shows(text: string, secret: string): boolean {
  return text.includes(secret) || text.includes(Buffer.from(secret).toString("base64").slice(0, -4));
}
