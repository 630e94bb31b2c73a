import type { BatchReport, BlockedReport, Failure, RetryReport, StoreName } from "@cloudmarker/store-api";

/** A report before the name of its store is put in. */
export type Unnamed<T extends StoreName> = Omit<T, keyof StoreName>;

/** What the host learns about attempts while they happen. None of these may throw. */
export interface DeliveryEvents {
  written(report: Unnamed<BatchReport>): void;
  /** A number is waited instead; `false` gives the records up. */
  retry(report: Unnamed<RetryReport>): number | false | undefined;
  blocked(report: Unnamed<BlockedReport>): void;
  failed(failure: Failure): void;
}
