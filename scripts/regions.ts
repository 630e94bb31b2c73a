/** Renders the content of a generated region, such as `params filestore`; undefined where there is no such region. */
export type RenderRegion = (name: string) => Promise<string | undefined>;

const OPEN = /^<!-- generated:(.+?) -->$/;
const CLOSE = "<!-- /generated -->";

/**
 * Returns `text` with the content of each `<!-- generated:NAME -->` … `<!-- /generated -->` region made anew. Both
 * marks stand alone on their lines.
 *
 * @throws Error for a region without an end, an end without a region, or a name that nothing generates; its message
 * begins with the line, as does that of an error of `render`.
 */
export async function rewriteRegions(text: string, render: RenderRegion): Promise<string> {
  const result: string[] = [];
  let open: { readonly name: string; readonly line: number } | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    const name = OPEN.exec(line)?.[1];
    if (name !== undefined) {
      if (open) throw new Error(`${open.line}: the region "${open.name}" has no end (${CLOSE}).`);
      open = { name, line: index + 1 };
      const content = await render(name).catch((error: unknown) => {
        const why = error instanceof Error ? error.message : String(error);
        throw new Error(`${index + 1}: the region "${name}" cannot be generated: ${why}`, { cause: error });
      });
      if (content === undefined) throw new Error(`${index + 1}: nothing generates a region "${name}".`);
      // Blank lines around it: without them Markdown takes a table for the rest of an HTML comment.
      result.push(line, "", content.trim(), "");
    } else if (line === CLOSE) {
      if (!open) throw new Error(`${index + 1}: the end of a region that did not begin.`);
      open = undefined;
      result.push(line);
    } else if (!open) {
      result.push(line);
    }
  }
  if (open) throw new Error(`${open.line}: the region "${open.name}" has no end (${CLOSE}).`);
  return result.join("\n");
}

/** A Markdown table; bars and line breaks in cells are escaped. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [tableLine(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(tableLine)].join("\n");
}

function tableLine(cells: readonly string[]): string {
  return `| ${cells.map(escapeCell).join(" | ")} |`;
}

function escapeCell(cell: string): string {
  return cell.replaceAll("|", String.raw`\|`).replaceAll(/\s*\n\s*/g, " ");
}
