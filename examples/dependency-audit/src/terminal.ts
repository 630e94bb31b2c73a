import type { Receipt } from "@cloudmarker/store-api";
import type { Tally } from "./audit.ts";

/** The part of an output stream that this file uses. */
export interface Screen {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/**
 * Shows the progress of the audit: one changing line on a terminal, nothing on a pipe, where each state would be a new
 * line.
 */
export function progressOn(screen: Screen): (tally: Tally, total: number) => void {
  if (!screen.isTTY) return () => {};
  return ({ packages }, total) => {
    screen.write(`\r\u001b[K  ${packages} of ${total} packages${packages === total ? "\n" : ""}`);
  };
}

/** Says what happened, where the records are and what to try next. */
export function formatReport(receipt: Receipt, tally: Tally, folder: string): string {
  const { high, medium, low } = tally.findings;
  const lines = [
    `${tally.packages} packages, ${high + medium + low} findings: ${high} high, ${medium} medium, ${low} low.`,
  ];
  for (const store of receipt.stores) {
    const { accepted, written, deadLettered, spooled } = store;
    const balance = `${accepted} accepted, ${written} written, ${deadLettered} dead-lettered, ${spooled} spooled`;
    lines.push(`Receipt of run ${receipt.run}, store ${store.store}: ${balance}.`);
    if (store.problem) lines.push(`  ${store.problem.message}`);
    for (const { code, count, reason } of store.reasons) lines.push(`  ${count} × ${code}: ${reason}`);
    for (const note of store.notes) lines.push(`  ${note}`);
  }
  for (const rejection of receipt.rejections) lines.push(`Not a record: ${rejection}`);
  if (!receipt.ok) return lines.concat("The audit is incomplete; the lines above say why.", "").join("\n");
  const file = `${folder}/npm_packages.json`;
  return lines
    .concat(
      `The records are in ${file}.`,
      "",
      "Try next:",
      `  npx cloudmarker write ${file} --store filestore --param path=${folder}/ndjson --param format=ndjson`,
      "  npx cloudmarker --help",
      "  npm test",
      "",
    )
    .join("\n");
}
