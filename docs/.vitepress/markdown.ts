// What the pages of the repository need to be pages of a site.
import { join, relative } from "node:path";
import type { MarkdownRenderer } from "vitepress";
import { linkOnSite } from "./pages.ts";

const root = join(import.meta.dirname, "..", "..");

/** Code up to this length is not broken. */
const SHORT = 13;

type Token = ReturnType<MarkdownRenderer["parse"]>[number];

/** Adds our rules to the renderer of the site. */
export function adaptMarkdown(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push("links-of-the-site", ({ tokens, env }) => {
    const file = relative(root, env.realPath ?? env.path);
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      if (token.type === "link_open") token.attrSet("href", linkOnSite(file, token.attrGet("href") ?? ""));
    }
  });
  markdown.core.ruler.push("names-of-columns", ({ tokens }) => nameColumns(tokens));

  const { text, code_inline: code } = markdown.renderer.rules;
  markdown.renderer.rules.text = (...args) => plain(text?.(...args));
  markdown.renderer.rules.code_inline = (...args) => {
    const [tokens, index] = args;
    // Long code is rather broken between words than within them.
    if ((tokens[index]?.content.length ?? 0) <= SHORT) tokens[index]?.attrSet("class", "short");
    return plain(code?.(...args)).replaceAll(/(?<=[\w}])[/.,](?=[\w{])(?![^<]*>)/gu, "$&<wbr>");
  };
}

/** The pages are texts, no templates of Vue: two braces are two braces. */
function plain(html = ""): string {
  return html.replaceAll("{{", "&#123;&#123;");
}

/** Tells each cell of a table the name of its column, which a narrow screen shows beside it. */
function nameColumns(tokens: readonly Token[]): void {
  let names: string[] = [];
  let column = 0;
  for (const [index, token] of tokens.entries()) {
    if (token.type === "table_open") names = [];
    else if (token.type === "tr_open") column = 0;
    else if (token.type === "th_open") names.push(tokens[index + 1]?.content.replaceAll("`", "") ?? "");
    else if (token.type === "td_open") token.attrSet("data-column", names[column++] ?? "");
  }
}
