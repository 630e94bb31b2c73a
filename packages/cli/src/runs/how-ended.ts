import type { RunSummary } from "@cloudmarker/core";
import { soFarOf } from "../input/positions.ts";
import { grouped } from "../render/text.ts";
import { readAbout } from "./about-run.ts";

/**
 * How a run ended, in a few words: `spooled 1,204 for search`, `interrupted: findings.json at byte 8,388,608 of
 * 22,001,337`.
 */
export function howEnded(run: RunSummary): string {
  switch (run.status) {
    case "delivered":
      return "delivered";
    case "incomplete":
      return "NOT all delivered";
    case "running":
      return "under way in another process";
    case "forgotten":
      return "forgotten";
    case "unreadable":
      return `cannot be read: ${run.why ?? ""}`;
    case "spooled":
      return describeLeft(run) || "spooled";
    case "interrupted": {
      const parts = [whereRead(run), describeLeft(run)].filter(Boolean);
      return `interrupted${parts.length > 0 ? `: ${parts.join("; ")}` : ""}`;
    }
  }
}

/** Records that its stores have yet to get. */
export function leftIn({ left }: RunSummary): number {
  return left.reduce((sum, { records }) => sum + records, 0);
}

/** `spooled 1,204 for search and 3 for siem`; empty if nothing is. */
export function describeLeft({ left }: RunSummary): string {
  const each = left.map(({ store, records }) => `${grouped(records)} for ${store}`);
  return each.length > 0 ? `spooled ${each.join(" and ")}` : "";
}

/** The first input that was not read to its end, and how far it was read. */
function whereRead(run: RunSummary): string {
  for (const [input, { name, file }] of (readAbout(run)?.inputs ?? []).entries()) {
    const known = soFarOf(run.inputs, input);
    if (known?.ended) continue;
    const byte = (file?.from ?? 0) + (known?.byte ?? 0);
    return `${name} at byte ${grouped(byte)}${file ? ` of ${grouped(file.size)}` : ""}`;
  }
  return "";
}
