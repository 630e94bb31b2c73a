// The site is built, and each of its pages is looked at: as text, and in a browser where there is one.
import { existsSync, globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { chromium, type Browser, type BrowserContext, type Page as Tab } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { COMMAND_ERRORS } from "../../packages/cli/src/exit-codes.ts";
import { PRESETS } from "../../packages/cli/src/presets/table.ts";
import { PROBLEMS } from "../../packages/core/src/config/problems.ts";
import { ERROR_TABLE } from "../../packages/core/src/errors.ts";
import { buildSite, type Page } from "./build-site.ts";

const root = join(import.meta.dirname, "../..");
/** A name that no server has: the tests answer for it from the folder. */
const SITE = "http://site.test/";

let folder: string;
let pages: readonly Page[];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "cloudmarker-site-"));
  pages = await buildSite(folder);
}, 240_000);
afterAll(() => rmSync(folder, { recursive: true }));

function idsOf({ html }: Page): string[] {
  return Array.from(html.matchAll(/ id="([^"]+)"/g), ([, id = ""]) => id);
}

function page(path: string): Page {
  const found = pages.find((one) => one.path === path);
  if (!found) throw new Error(`there is no ${path}: ${pages.map((one) => one.path).join(" ")}`);
  return found;
}

/** Why a link of a page leads nowhere; undefined if it leads somewhere, or to another site. */
function fault(from: Page, link: string): string | undefined {
  const { href, pathname, hash } = new URL(link, SITE + from.path);
  if (!href.startsWith(SITE)) return undefined;
  const path = pathname.slice(1);
  if (!existsSync(join(folder, path))) return `${from.path}: ${link}: there is no ${path}`;
  if (hash === "" || idsOf(page(path)).includes(decodeURIComponent(hash.slice(1)))) return undefined;
  return `${from.path}: ${link}: ${path} has no such anchor`;
}

test("every link and every anchor leads somewhere, and no anchor is there twice", () => {
  const links = pages.flatMap((one) =>
    Array.from(one.html.matchAll(/ (?:href|src)="([^"]+)"/g), ([, to = ""]) => ({ one, to })),
  );
  expect(links.length).toBeGreaterThan(1000);
  expect([...new Set(links.map(({ one, to }) => fault(one, to)))].filter(Boolean)).toEqual([]);
  const twice = pages.flatMap((one) => idsOf(one).filter((id, index, all) => all.indexOf(id) !== index));
  expect(twice).toEqual([]);
});

test("each page of docs is there, each store and each scanner", () => {
  const docs = globSync(["docs/*.md", "docs/kit/*.md"], { cwd: root }).map((path) => path.slice("docs/".length));
  // That one is for people who work on the sources.
  const names = docs.filter((name) => name !== "architecture.md").map((name) => name.replace(".md", ".html"));
  const plugins = globSync("plugins/*/", { cwd: root }).map((path) => path.slice("plugins/".length));
  const stores = plugins.map((name) => `${name.startsWith("tap-") ? "taps" : "stores"}/${name}.html`);
  const scanners = [...PRESETS.keys()].map((name) => `recipes/${name}.html`);
  const known = new Set(pages.map(({ path }) => path));
  expect([...names, ...stores, ...scanners].filter((path) => !known.has(path))).toEqual([]);
});

test("each page can be reached from the start", () => {
  const reached = new Set(["index.html"]);
  for (const path of reached) {
    for (const [, link = ""] of page(path).html.matchAll(/ href="([^"#]+\.html)[#"]/g)) {
      reached.add(new URL(link, SITE + path).pathname.slice(1));
    }
  }
  const lost = pages.map(({ path }) => path).filter((path) => !reached.has(path));
  expect(lost).toEqual(["404.html"]);
});

test("each code of an error has an anchor of its own", () => {
  const ids = idsOf(page("errors.html"));
  const errors = Object.keys({ ...ERROR_TABLE, ...COMMAND_ERRORS }).map((code) => code.toLowerCase());
  expect([...errors, ...Object.keys(PROBLEMS)].filter((code) => !ids.includes(code))).toEqual([]);
});

/** Debian's name, and those of others. */
const BROWSERS = ["chromium", "chromium-browser", "google-chrome"];
const program = (process.env["PATH"] ?? "")
  .split(delimiter)
  .flatMap((path) => BROWSERS.map((name) => join(path, name)))
  .find(existsSync);
/** Run in a page: what is wider than the place that it has. Code scrolls in its block. */
const WIDE = `[document.documentElement, ...document.querySelectorAll(".vp-doc table, .vp-doc img")]
  .filter((one) => one.scrollWidth > (one.parentElement?.clientWidth ?? innerWidth))
  .map((one) => one.outerHTML.slice(0, 100))`;
/** Where pictures of all pages are put; none are made without it. */
const pictures = process.env["CLOUDMARKER_SITE_PICTURES"];

/** Opens a page, and waits until its program runs. */
async function open(tab: Tab, path: string): Promise<void> {
  await tab.goto(SITE + path);
  await tab.waitForFunction("document.querySelector('#app').__vue_app__ !== undefined");
}

describe.skipIf(!program)("in a browser (skipped if chromium is not on the PATH)", () => {
  let browser: Browser;
  let context: BrowserContext;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: program ?? "" });
    context = await browser.newContext();
    // On a busy machine a page takes its time; the limit is that of the test.
    context.setDefaultTimeout(0);
    await context.route("**/*", async (route) => {
      const { href, pathname } = new URL(route.request().url());
      const path = join(folder, pathname);
      const isThere = href.startsWith(SITE) && existsSync(path);
      await route.fulfill(isThere ? { path } : { status: 404 });
    });
  });
  afterAll(() => browser.close());

  /** A tab of which the browser's complaints are put into a list. */
  async function openTab(complaints: string[]): Promise<Tab> {
    const tab = await context.newPage();
    tab.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(`${tab.url()}: ${message.text()}`);
    });
    tab.on("pageerror", (error) => void complaints.push(`${tab.url()}: ${error.message}`));
    tab.on("response", (response) => {
      if (response.status() >= 400) complaints.push(`${tab.url()}: ${response.url()} is missing`);
    });
    return tab;
  }

  test("no page has an error, or is too wide: 375 and 1280 pixels, light and dark", { timeout: 600_000 }, async () => {
    const complaints: string[] = [];
    const tab = await openTab(complaints);
    for (const width of [375, 1280]) {
      await tab.setViewportSize({ width, height: 800 });
      for (const { path } of pages) {
        await open(tab, path);
        for (const colorScheme of ["light", "dark"] as const) {
          await tab.emulateMedia({ colorScheme });
          const wide = await tab.evaluate<readonly string[]>(WIDE);
          complaints.push(...wide.map((what) => `${path}: too wide for a window of ${width} pixels: ${what}`));
          const name = `${path.replaceAll("/", "-")}-${width}-${colorScheme}.png`;
          if (pictures) await tab.screenshot({ path: join(pictures, name), fullPage: true });
        }
      }
    }
    expect(complaints).toEqual([]);
  });

  test("the search finds the code of an error, and leads to it", async () => {
    const complaints: string[] = [];
    const tab = await openTab(complaints);
    await open(tab, "index.html");
    await tab.getByRole("button", { name: "Search" }).first().click();
    await tab.getByRole("searchbox").fill("SPOOL_FULL");
    await tab.locator(".result").first().click();
    await tab.waitForURL(`${SITE}errors.html#spool_full`);
    expect(complaints).toEqual([]);
  });
});
