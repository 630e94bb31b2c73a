import { type Check, needs } from "../check.ts";

/** About the process, or of calls that are made outside of the thread: not asked in a thread. */
const OUTSIDE = /handle$|-check$|^check-|^explain-|global|^prints-|^throws-|secrets/u;

/** What is thrown outside of a call ends the thread. */
const THROWS = ["throws-in-calls-alone", "throws-in-calls-alone-in-trouble"];

/** The same checks of the store in a thread of its own. What is found without a thread is not found again. */
export function inThreads(checks: readonly Check[]): readonly Check[] {
  const inside = checks.filter(({ key }) => !OUTSIDE.test(key));
  const keys = new Set(inside.map(({ key }) => key));
  // A check without a run makes no thread.
  return inside.map((check) => ({
    ...check,
    writesNothing: false,
    key: `thread-${check.key}`,
    clause: "SC-50",
    expected: `In a thread of its own: ${check.expected}`,
    fix: "Keep nothing that a second import of the module does not have, and leave the process to the program.",
    after: [check.key, ...THROWS, ...check.after.filter((key) => keys.has(key)).map((key) => `thread-${key}`)],
    needs: (lab) => needs("module")(lab) ?? check.needs?.(lab),
    judge: (lab) => check.judge(lab.inThreads),
  }));
}
