import type { Clock, Failure, WriteResult } from "@cloudmarker/store-api";
import { CloudmarkerError, messageOf } from "./errors.ts";
import { maskError } from "./masking/mask-error.ts";
import { maskOutcomes } from "./masking/mask-store.ts";
import { type AroundCall, callPlainly } from "./plugin-call.ts";
import { isThenable } from "./realms.ts";
import type { InContext } from "./world.ts";
import { withTimeout } from "./with-timeout.ts";

/** What the guard of a hook needs to know of the host. */
export interface GuardContext {
  readonly clock: Clock;
  /** Time that one tap of an asynchronous hook may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Wraps every call of an asynchronous tap. @default nothing */
  readonly around?: AroundCall;
  /** Calls a tap, in the asynchronous context of the host. @default plainly */
  readonly here?: InContext;
  /** Takes note of a tap that misbehaved; must not throw. */
  report(failure: Failure): void;
  /** Hides the secrets of the configuration in what a tap says. */
  mask(text: string): string;
  /** Takes note of something odd that does no harm. */
  warn(message: string): void;
  /** True once taps come too late. */
  closed(): boolean;
}

type Fn = (...args: unknown[]) => unknown;
/** `own` marks the host's default taps alone: their errors are answers, not misbehaviour, and are passed on. */
type FullTap = { name: string; type: "sync" | "async" | "promise"; fn: unknown; before?: string; own?: true };
type Interceptor = { [key: string]: unknown };
type AnyHook = { taps: FullTap[]; intercept(interceptor: Interceptor): void };

/**
 * Makes an asynchronous hook safe to tap: every tap becomes a promise that settles within the time limit, and one that throws,
 * hangs, returns no promise or calls back twice is reported with its plugin and hook and passed over. Without this, tapable's
 * hook never settles (webpack/tapable#10).
 */
export function guardAsync(hook: unknown, hookName: string, context: GuardContext): void {
  guard(hook as AnyHook, hookName, context, (tap) => ({
    ...tap,
    type: "promise",
    fn: asyncWrapper(tap, hookName, context),
  }));
}

/**
 * Makes a synchronous hook safe to tap. A tap that throws or returns a promise is reported; with `rethrow` the caller learns of it as
 * well and can refuse the record rather than let it pass a redaction that failed.
 */
export function guardSync(hook: unknown, hookName: string, context: GuardContext, rethrow = false): void {
  guard(hook as AnyHook, hookName, context, (tap) => ({ ...tap, fn: syncWrapper(tap, hookName, context, rethrow) }));
}

function guard(hook: AnyHook, hookName: string, context: GuardContext, wrap: (tap: FullTap) => FullTap): void {
  hook.intercept({
    register: (tap: FullTap) => {
      if (context.closed()) {
        throw new CloudmarkerError("HOOK_CLOSED", `${tap.name} taps ${hookName} too late: the host is open already.`, {
          details: "Tap before open() or the first write(); tap a store's hooks inside host.hooks.store.",
        });
      }
      if (hook.taps.some((other) => other.name === tap.name && !other.own)) {
        context.warn(`Two taps of ${hookName} are called "${tap.name}"; reports cannot tell them apart.`);
      }
      if (tap.before !== undefined && !hook.taps.some((other) => other.name === tap.before)) {
        context.warn(
          `${tap.name} wants to run before "${tap.before}" in ${hookName}, which nobody has tapped by that name.`,
        );
      }
      const { here } = context;
      const fn = tap.fn as Fn;
      return wrap(tap.own || !here ? tap : { ...tap, fn: (...args: unknown[]) => here(fn, ...args) });
    },
  });
  const intercept = hook.intercept.bind(hook);
  hook.intercept = (interceptor) => intercept(safeInterceptor(interceptor, hookName, context));
}

function asyncWrapper(tap: FullTap, hookName: string, context: GuardContext): Fn {
  const fn = tap.fn as Fn;
  if (tap.own) return async (...args) => fn(...args);
  const { around = callPlainly } = context;
  const hint = tap.type === "async" ? "did not call its callback" : "did not settle its promise";
  return async (...args) => {
    try {
      const call = { plugin: tap.name, call: hookName };
      const work = around(call, () => start(tap, fn, args, hookName, context));
      const result = await withTimeout(work, context.timeoutMs, context.clock, hint);
      return hookName === "store.hooks.write" ? maskOutcomes(result as WriteResult, context.mask) : result;
    } catch (thrown) {
      const cause = maskError(thrown, context.mask);
      context.report(failureOf(tap, hookName, messageOf(cause), cause));
      return undefined;
    }
  };
}

async function start(tap: FullTap, fn: Fn, args: unknown[], hookName: string, context: GuardContext): Promise<unknown> {
  if (tap.type !== "async") {
    const result = fn(...args);
    if (tap.type === "promise" && !isThenable(result)) {
      context.report(failureOf(tap, hookName, "returned no promise from tapPromise"));
    }
    return result;
  }
  return new Promise((resolve, reject) => {
    let called = false;
    fn(...args, (error: unknown, result: unknown) => {
      if (called) context.report(failureOf(tap, hookName, "called its callback twice"));
      called = true;
      if (error) reject(error);
      else resolve(result);
    });
  });
}

function syncWrapper(tap: FullTap, hookName: string, context: GuardContext, rethrow: boolean): Fn {
  const fn = tap.fn as Fn;
  return (...args) => {
    try {
      const result = fn(...args);
      if (!isThenable(result)) return result;
      Promise.resolve(result).catch(() => undefined);
      throw new TypeError("returned a promise, but this hook is synchronous");
    } catch (thrown) {
      const cause = maskError(thrown, context.mask);
      const failure = failureOf(tap, hookName, messageOf(cause), cause);
      context.report(failure);
      if (rethrow) throw new CloudmarkerError("TAP_FAILED", failure.message, { cause });
      return undefined;
    }
  };
}

/** An interceptor that throws would reject the operation that it only watches. */
function safeInterceptor(interceptor: Interceptor, hookName: string, context: GuardContext): Interceptor {
  const name = typeof interceptor["name"] === "string" ? interceptor["name"] : "interceptor";
  const safe: Interceptor = { ...interceptor };
  for (const [key, fn] of Object.entries(interceptor)) {
    if (typeof fn !== "function") continue;
    safe[key] = (...args: unknown[]) => {
      try {
        return (fn as Fn).apply(interceptor, args);
      } catch (thrown) {
        const cause = maskError(thrown, context.mask);
        context.report(failureOf({ name }, hookName, `threw in its interceptor (${key}): ${messageOf(cause)}`, cause));
        return undefined;
      }
    };
  }
  return safe;
}

function failureOf(tap: { name: string }, hook: string, what: string, cause?: unknown): Failure {
  return {
    code: "TAP_FAILED",
    message: `${tap.name} in ${hook}: ${what}`,
    plugin: tap.name,
    hook,
    ...(cause === undefined ? {} : { cause }),
  };
}

/**
 * tapable compiles its hooks with `new Function`, which `--disallow-code-generation-from-strings` forbids.
 * @throws CloudmarkerError CODE_GENERATION, in place of an EvalError in the middle of a run
 */
export function assertCodeGeneration(): void {
  try {
    // oxlint-disable-next-line no-new-func, no-new, no-implied-eval -- the very thing that is probed
    new Function("return 1");
  } catch (cause) {
    throw new CloudmarkerError(
      "CODE_GENERATION",
      "This process forbids code generation from strings, which the hooks need.",
      {
        details: "Start Node.js without --disallow-code-generation-from-strings.",
        cause,
      },
    );
  }
}
