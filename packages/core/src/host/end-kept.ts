import type { Receipt } from "@cloudmarker/store-api";
import { failureOf } from "../errors/write-error.ts";
import { messageOf } from "../errors.ts";
import type { KeptRun } from "./open-spool.ts";
import { type KeptReceipt, keepReceipt, pruneReceipts, type ReceiptLimits } from "./receipt-files.ts";
import type { Completeness } from "./receipt.ts";
import type { RunParts } from "./run-parts.ts";

/**
 * Puts away what of a run outlives its process: first its receipt is kept, and then what is not needed any more is
 * removed, the claim last. A kill in between leaves a run that has its receipt. Where the receipt cannot be kept and
 * not everything is delivered, all that there is of the run stays: nothing else would know of it. Never rejects.
 * @param goesOn whether the inputs are read on later
 * @param limits of the receipts
 */
export async function endKept(
  { deadLetters: { folder }, world, disk, reports, intake }: RunParts,
  kept: KeptRun | undefined,
  receipt: Receipt,
  end: Completeness,
  goesOn: boolean,
  limits: ReceiptLimits,
): Promise<void> {
  if (!kept) return;
  const { spool, claim, meta } = kept;
  const { byStores } = intake.counts;
  const counted = byStores.filtered + byStores.rejected > 0 && { byStores };
  await spool?.end(receipt, end, goesOn);
  let isKept = false;
  try {
    const { audits, about } = meta;
    await disk.within(folder, async () => {
      await keepReceipt(folder, { status: statusOf(receipt, goesOn), audits, about, receipt, ...counted });
      isKept = true;
      await pruneReceipts(folder, limits, world.clock.now());
    });
  } catch (cause) {
    const why = `The receipt of the run cannot be kept: ${messageOf(cause)}.`;
    reports.fail({ ...failureOf("SPOOL_FAILED", "disk", { why }), cause });
  }
  const stays = goesOn || (!isKept && !receipt.ok);
  const isLeft = spool ? await spool.close(stays) : stays;
  if (isLeft) claim?.release();
  else claim?.remove();
}

/** How a run ended, in a word. */
function statusOf({ ok, stores }: Receipt, goesOn: boolean): KeptReceipt["status"] {
  if (goesOn) return "interrupted";
  if (ok) return "delivered";
  return stores.some(({ spooled }) => spooled > 0) ? "spooled" : "incomplete";
}
