import { describeParams } from "@cloudmarker/core";
import type { ParamsSchema } from "@cloudmarker/store-api";

/**
 * The params of a plugin as a table in Markdown, for its README: one line each, nested ones after their object.
 * @throws CloudmarkerError PLUGIN_SCHEMA_INVALID
 */
export function paramsTable(schema: ParamsSchema): string {
  const rows = describeParams(schema).map((param) => {
    const byDefault = param.default === undefined ? "" : code(JSON.stringify(param.default));
    const marks = [param.required && "required", param.secret && "secret"].filter(Boolean).join(", ");
    return [code(param.name), param.type, byDefault || marks, param.description];
  });
  const head = ["Param", "Type", "Default", "What it does"];
  const lines = [head, ...rows].map((cells) => `| ${cells.map(inCell).join(" | ")} |`);
  return lines.toSpliced(1, 0, `|${head.map(() => "---").join("|")}|`).join("\n");
}

function code(text: string): string {
  return `\`${text}\``;
}

/** A bar would begin the next cell, and a line break would end the table. */
function inCell(text: string): string {
  return text.replaceAll("|", String.raw`\|`).replaceAll(/\s*\n\s*/gu, " ");
}
