import { type Act, actsOf, type Call, CALLS } from "./acts.ts";

/** One hostile store, and how it is run. */
export interface Case {
  readonly call: Call;
  readonly act: Act;
  readonly isolation: "inline" | "thread";
  /** It does so every time, or the first time only. */
  readonly how: "always" | "once";
}

/** Calls that the host makes in a thread of its own where the store has one. */
const IN_THREAD: ReadonlySet<Call> = new Set(["import", "open", "write", "flush", "done", "close"]);

/** Calls that happen more than once, or again after a failure. */
const REPEATED: ReadonlySet<Call> = new Set(["open", "write"]);

/** Calls that represent the others if a case is run in both ways. */
const REPRESENTATIVE: ReadonlySet<Call> = new Set(["import", "write", "done", "check"]);

/** All combinations that make sense. */
export function allCases(): readonly Case[] {
  return CALLS.flatMap((call) =>
    actsOf(call).flatMap((act) =>
      (["inline", "thread"] as const)
        .filter((isolation) => isolation === "inline" || IN_THREAD.has(call))
        // The command asks for no flush, and what is printed in a program of somebody else is for that to deal with.
        .filter(() => act.name !== "prints" || call !== "flush")
        // Nothing in the world stops a loop without end in the one thread that there is.
        .filter((isolation) => act.kind !== "spin" || (isolation === "thread" && REPEATED.has(call)))
        .flatMap((isolation): Case[] => {
          const always: Case = { call, act, isolation, how: "always" };
          return REPEATED.has(call) && isSometimes(act, isolation) ? [always, { ...always, how: "once" }] : [always];
        }),
    ),
  );
}

/** Whether a run goes on after it. One lie is like another there. */
function isSometimes({ name, kind }: Act, isolation: Case["isolation"]): boolean {
  if (kind === "exit" || kind === "late" || kind === "spin") return isolation === "thread";
  return kind === "hang" || name === "throws" || name === "answers token";
}

/** A hostile store beside a good one, in the command or in a program that embeds the host. */
export interface Run extends Case {
  readonly way: "command" | "embedded";
}

/**
 * Each case in at least one way. Cases without a thread run in the command, unless they need a flush, which the command
 * never asks for. Cases with a thread run in a program. Cases about the process run in both.
 */
export function allRuns(): readonly Run[] {
  return allCases().flatMap((one): Run[] => {
    const { call, act, isolation, how } = one;
    const isAboutProcess = act.kind !== "fail" && act.kind !== "work" && how === "always" && REPRESENTATIVE.has(call);
    const isPrinted = act.name === "prints";
    const inCommand = call !== "flush" && (isolation === "inline" || isAboutProcess || isPrinted);
    const inProgram = !isPrinted && (isolation === "thread" || call === "flush" || isAboutProcess);
    return [
      ...(inCommand ? [{ ...one, way: "command" as const }] : []),
      ...(inProgram ? [{ ...one, way: "embedded" as const }] : []),
    ];
  });
}

/** Whether it depends on Node how it ends: not where our own code judges what a store answers. */
export function isAboutNode({ act }: Case): boolean {
  return act.kind !== "fail" && act.kind !== "work";
}

/** Whether the host calls this where it would take the whole process with it. */
export function isInProcess({ call, isolation }: Case): boolean {
  return isolation === "inline" || !IN_THREAD.has(call);
}

/** What comes of it: a run with a receipt, none since the plugin is refused, or the end of the process. */
export function endOf(one: Case): "receipt" | "refused" | "gone" {
  const { call, act } = one;
  if (isInProcess(one) && (act.kind === "exit" || act.kind === "late")) return "gone";
  const isAsked = call === "validate" || call === "batchFor" || (call === "import" && isInProcess(one));
  return isAsked && (act.kind === "fail" || act.kind === "hang") ? "refused" : "receipt";
}

/** Reads like a sentence. */
export function nameOf({ call, act, isolation, how }: Case): string {
  return `${isolation}: ${act.name} in ${call}${how === "once" ? ", once" : ""}`;
}
