// The recipes of the site: each scanner of `--from` with each of our stores, made of the table of scanners. Tests run
// them.
import { PRESETS, type Preset } from "../../packages/cli/src/presets/table.ts";

/** One of our stores, with what a recipe tells it. */
export interface RecipeStore {
  readonly plugin: string;
  /** What people call the place where the records go. */
  readonly title: string;
  readonly params: Readonly<Record<string, string>>;
}

export const RECIPE_STORES: readonly RecipeStore[] = [
  {
    plugin: "splunkhecstore",
    title: "Splunk",
    params: { uri: "https://splunk.example:8088", token: "${SPLUNK_TOKEN}" },
  },
  {
    plugin: "esstore",
    title: "Elasticsearch",
    params: { node: "https://es.example:9200", api_key: "${ES_API_KEY}" },
  },
  {
    plugin: "mongodbstore",
    title: "MongoDB",
    params: { host: "mongo.example", username: "audit", password: "${MONGO_PASSWORD}" },
  },
  { plugin: "filestore", title: "Files", params: { path: "./audit-records", format: "ndjson" } },
];

/** The scanner, then the command that reads what it writes. */
function pipeline({ command, file }: Preset, write: string): string {
  return file === undefined ? `${command} |\n  ${write}` : `${command}\n${write} ${file}`;
}

/** One command for a shell, with nothing installed before. */
export function recipeCommand(name: string, preset: Preset, { plugin, params }: RecipeStore): string {
  // FileStore comes with the command.
  const run =
    plugin === "filestore"
      ? "npx -y cloudmarker"
      : `npx -y -p cloudmarker -p @cloudmarker/${plugin} \\\n    cloudmarker`;
  const options = Object.entries(params).map(([key, value]) => `--param ${quoted(`${key}=${value}`)}`);
  const write = [`${run} write --from ${name}`, `--store ${plugin}`, ...options].join(" \\\n    ");
  return pipeline(preset, write);
}

/** The command fills variables in; the shell, which might show them to others, does not. */
function quoted(text: string): string {
  return text.includes("$") ? `'${text}'` : text;
}

/** A configuration file for the same. */
export function recipeConfig(name: string, { plugin, params }: RecipeStore): string {
  const lines = Object.entries(params).map(([key, value]) => `      ${key}: ${value}`);
  return `plugins:
  findings:
    plugin: ${plugin}
    params:
${lines.join("\n")}
audits:
  ${name}: { stores: [findings] }`;
}

/** A block of code for each store, of which the page shows one at a time. */
function perStore(language: string, render: (store: RecipeStore) => string): string {
  const blocks = RECIPE_STORES.map((store) => `\`\`\`${language} [${store.title}]\n${render(store)}\n\`\`\``);
  return `::: code-group\n\n${blocks.join("\n\n")}\n\n:::`;
}

/** What is said about a scanner. */
function recipePage(name: string, preset: Preset): string {
  const { title, noun, id } = preset;
  const variables =
    "Put the token, key or password into the variable that the command names, and your addresses in place of the examples.";
  const identity =
    id.length > 0
      ? `A record is known again by ${id.map((pointer) => `\`${pointer}\``).join(", ")}.`
      : "A record is known again by its whole content.";
  return `# ${title}

Each ${noun} of ${title} becomes one record, and the receipt counts it.
${identity}
The worker (\`com.origin_worker\`) is \`${name}\`.

## One command

${perStore("sh", (store) => recipeCommand(name, preset, store))}

${variables}
\`--explain 1\` at the end prints what would be sent, and sends nothing.

## With a configuration

A file keeps what does not change.
Put this into \`cloudmarker.yaml\`:

${perStore("yaml", (store) => recipeConfig(name, store))}

Install the command and the store once, and try the store:

${perStore("sh", ({ plugin }) => `npm install cloudmarker @cloudmarker/${plugin}\nnpx cloudmarker check`)}

Then each run is:

\`\`\`sh
${pipeline(preset, `npx cloudmarker write --from ${name}`)}
\`\`\`

[Scanners](../scanners.md) has what \`--from\` stands for, and [configuration](../configuration.md) everything else that a file can say.
`;
}

/** The pages, as VitePress wants them. */
export const RECIPE_PAGES: readonly { readonly params: { readonly scanner: string }; readonly content: string }[] = [
  ...PRESETS,
].map(([name, preset]) => ({ params: { scanner: name }, content: recipePage(name, preset) }));
