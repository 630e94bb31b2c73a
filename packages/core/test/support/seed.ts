/**
 * Seed of tests that try many inputs. They say it, and with it in `CLOUDMARKER_SEED` they try the same ones again.
 * @default one that is always the same, so that a change is not blamed for what it did not do
 */
export const SEED: number = Number(process.env["CLOUDMARKER_SEED"] ?? 20_261_130);

/** How many inputs are tried: `CLOUDMARKER_RUNS`, for somebody who looks for more. */
export function runs(usual: number): number {
  return Number(process.env["CLOUDMARKER_RUNS"] ?? usual);
}
