import type { ParamsSchema } from "@cloudmarker/store-api";
import { type Check, Unasked } from "./check.ts";
import { Lab, plain, ReadError } from "./lab.ts";
import type { StoreUnderTest } from "./options.ts";
import { type CheckResult, type ReportCard, reportCard } from "./report.ts";
import { CHECKS } from "./table.ts";
import { describe } from "./words.ts";

type About = Pick<CheckResult, "key" | "clause" | "expected">;

const READ_FIX = "Let `read` of the test return what is stored, and no rows where nothing was written yet.";

/** Makes checks one after the other, and remembers what became of each. */
export class Examination {
  readonly #lab: Lab;
  #ending: Promise<void> | undefined;
  readonly #checks: readonly Check[];
  #firstUnread: string | undefined;
  readonly #results = new Map<string, Promise<CheckResult>>();

  /** @param mode `check`: the store writes nothing, so that only some checks can be made */
  constructor(subject: StoreUnderTest, mode: "write" | "check" = "write") {
    this.#lab = new Lab({ ...subject, mode });
    this.#checks = mode === "write" ? CHECKS : CHECKS.filter(({ writesNothing }) => writesNothing);
  }

  /** Makes one check, and before it those without which it says nothing. */
  make(check: Check): Promise<CheckResult> {
    const known = this.#results.get(check.key);
    if (known) return known;
    const making = this.#make(check);
    this.#results.set(check.key, making);
    return making;
  }

  /** Whether a check can say something about this store, as far as that is known before it is made. */
  asks({ needs }: Check): boolean {
    return needs?.(this.#lab) === undefined;
  }

  /** The report card. Makes what was not made yet. */
  async report(): Promise<ReportCard> {
    const results: CheckResult[] = [];
    for (const check of this.#checks) results.push(await this.make(check));
    return reportCard(this.#lab.plugin.name, results);
  }

  /** Ends the server, and removes all folders. */
  end(): Promise<void> {
    return (this.#ending ??= this.#lab[Symbol.asyncDispose]());
  }

  async #make({ key, clause, expected, fix, needs, after, judge }: Check): Promise<CheckResult> {
    const about = { key, clause, expected };
    const reason = needs?.(this.#lab);
    if (reason !== undefined) return { ...about, result: "not asked", came: reason };
    for (const earlier of this.#checks.filter((check) => after.includes(check.key))) {
      const { result, came } = await this.make(earlier);
      if (result === "failed") return { ...about, result: "not asked", came: `${earlier.key} failed` };
      if (result === "not asked" && came?.endsWith(" failed")) return { ...about, result, came };
    }
    try {
      const came = await judge(this.#lab);
      if (came instanceof Unasked) return { ...about, result: "not asked", came: came.reason };
      return came === undefined ? { ...about, result: "passed" } : { ...about, result: "failed", came, fix };
    } catch (error) {
      if (error instanceof ReadError) return this.#unread(about, error);
      return { ...about, result: "failed", came: `the check itself failed: ${describe(error)}`, fix };
    }
  }

  /** It is the test that has to be mended, which is told once. */
  #unread(about: About, { message }: ReadError): CheckResult {
    if (this.#firstUnread !== undefined) return { ...about, result: "not asked", came: `${this.#firstUnread} failed` };
    this.#firstUnread = about.key;
    return { ...about, result: "failed", came: message, fix: READ_FIX };
  }
}

/**
 * Makes every check of a store, one after the other, for a program that has no test runner. Never rejects for the
 * store.
 */
export async function checkStore<const S extends ParamsSchema>(subject: StoreUnderTest<S>): Promise<ReportCard> {
  const examination = new Examination(plain(subject));
  try {
    return await examination.report();
  } finally {
    await examination.end();
  }
}

/**
 * Makes the checks for which the store writes nothing: it is looked at, explains, and is opened, checked and closed
 * with params of somebody who wants to use it. For all others there is {@link checkStore}. Never rejects for the store.
 */
export async function checkWithoutWriting<const S extends ParamsSchema>(
  subject: Pick<StoreUnderTest<S>, "plugin" | "module" | "params">,
): Promise<ReportCard> {
  const { plugin, module, params } = subject;
  const given = { plugin, params, ...(module !== undefined && { module }) };
  const examination = new Examination(plain(given), "check");
  try {
    return await examination.report();
  } finally {
    await examination.end();
  }
}
