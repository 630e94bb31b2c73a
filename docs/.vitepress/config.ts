// The documentation as a site: `npm run docs:site` writes it to `docs/.vitepress/dist`, plain files for
// any web server. Its pages are the ones that people read in the repository.
import { join } from "node:path";
import { defineConfig } from "vitepress";
import { PRESETS } from "../../packages/cli/src/presets/table.ts";
import { adaptMarkdown } from "./markdown.ts";
import { anchorOf, pageOf } from "./pages.ts";

const root = join(import.meta.dirname, "..", "..");

/** A tick; as part of the page it is no further file. */
const ICON =
  "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><path d='M2 9l4 4 8-11' fill='none' stroke='%23393' stroke-width='3'/></svg>";

const item = (text: string, link: string) => ({ text, link });

const scanners = [...PRESETS].map(([name, { title }]) => item(title, `/recipes/${name}`));

const kit = ["http", "batches", "names", "time", "tasks", "params", "disk"].map((theme) =>
  item(theme, `/kit/${theme}`),
);

export default defineConfig({
  title: "Cloudmarker Stores",
  description: "Delivers audit records to where people need them, and proves that none is missing.",
  srcDir: root,
  // All links are relative, so the site works in any folder of a server.
  base: "./",
  // What is not a page of the site.
  srcExclude: [
    "**/CHANGELOG.md",
    "CONTRIBUTING.md",
    "docs/architecture.md",
    "docs/api/**",
    "packages/*/*/**",
    "test/**",
  ],
  rewrites: (file) => pageOf(file) ?? file,
  cacheDir: join(root, "node_modules/.cache/vitepress"),
  head: [["link", { rel: "icon", href: ICON }]],
  markdown: {
    anchor: { slugify: anchorOf },
    config: adaptMarkdown,
  },
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    sidebar: [
      { text: "Start", items: [item("Start", "/"), item("From the Python package", "/migrating")] },
      {
        text: "Recipes",
        items: [
          item("Scanners", "/scanners"),
          { text: "Each scanner, each store", collapsed: true, items: scanners },
          item("Programs", "/recipes"),
        ],
      },
      item("Configuration", "/configuration"),
      item("Command", "/command"),
      {
        text: "Stores",
        items: [
          item("FileStore", "/stores/filestore"),
          item("EsStore", "/stores/esstore"),
          item("MongoDBStore", "/stores/mongodbstore"),
          item("SplunkHECStore", "/stores/splunkhecstore"),
        ],
      },
      { text: "Taps", items: [item("tap-filter", "/taps/tap-filter"), item("tap-redact", "/taps/tap-redact")] },
      { text: "Embedding", items: [item("The host", "/embedding"), item("Hooks", "/hooks")] },
      {
        text: "Authors",
        items: [
          item("Write a store", "/authors"),
          item("The store contract", "/store-contract"),
          item("Write a tap", "/taps"),
          item("PostgreSQL, an example", "/examples/store-postgres"),
          item("S3, an example", "/examples/store-s3"),
          item("npm create", "/packages/create-store"),
          item("Test a store", "/packages/store-testkit"),
          { text: "What stores share", link: "/packages/store-kit", collapsed: true, items: kit },
        ],
      },
      {
        text: "Durability",
        items: [item("What survives", "/durability"), item("A batch that failed", "/delivery")],
      },
      item("Errors", "/errors"),
    ],
  },
});
