import type { Clock, Failure, TapOptions } from "@cloudmarker/store-api";
import type { AsyncSeriesBailHook, SyncBailHook } from "tapable";
import { type Checks, isText, must, optionError } from "./check-options.ts";
import { errorOf } from "./errors/error-of.ts";
import { failureOf } from "./errors/write-error.ts";
import { messageOf } from "./errors.ts";
import { maskError } from "./masking/mask-error.ts";
import type { Mask } from "./masking/mask.ts";
import { type AroundCall, callPlainly } from "./plugin-call.ts";
import { isThenable } from "./realms.ts";
import type { InContext } from "./world.ts";
import { withTimeout } from "./with-timeout.ts";

/** The parts of the host that guards use. */
export interface GuardContext {
  readonly clock: Clock;
  /** Time that one tap of an asynchronous hook may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Wraps every call of an asynchronous tap. @default nothing */
  readonly around?: AroundCall;
  /** Calls a tap in the asynchronous context of the host. @default a plain call */
  readonly here?: InContext;
  /** Reports a tap that failed; must not throw. */
  report(failure: Failure): void;
  /** Hides the secrets of the configuration in what a tap says. */
  readonly mask: Mask;
  /** Reports something unusual that does no harm. */
  warn(message: string): void;
  /** Whether hooks can no longer be tapped. */
  closed(): boolean;
}

/** Special rules for the taps of one hook. */
export interface TapRules {
  /** If a tap of a synchronous hook throws, the caller gets the error. */
  readonly rethrows?: boolean;
  /** Hides secrets in what a tap of an asynchronous hook answers. */
  maskAnswer?(answer: unknown, mask: Mask): unknown;
}

/** Taps hooks: a tap plugin, whose name all its taps get, or the embedding tool, which names each tap. */
export interface Tapper {
  readonly plugin: string | undefined;
}

type Fn = (...args: unknown[]) => unknown;
type SyncHook = SyncBailHook<unknown[], unknown>;
export type AnyHook = SyncHook | AsyncSeriesBailHook<unknown[], unknown>;

/** One tap: its name, the name of the hook (such as `host.hooks.done`), and its function. */
interface Tap {
  readonly name: string;
  readonly hook: string;
  readonly fn: Fn;
}

const TAP_OPTIONS: Checks<TapOptions> = {
  name: must("a string", isText),
  stage: must("a number", (value) => typeof value === "number"),
};

/**
 * Makes facades of a hook, one for each tapper. A facade can only tap. Every tap is guarded: if it throws, hangs or
 * gives a wrong answer, it is reported with its name and the name of the hook, and the run goes on. Without the guard
 * the hook might never settle (webpack/tapable#10).
 */
export function guardHook(
  hook: AnyHook,
  hookName: string,
  rules: TapRules,
  context: GuardContext,
): (tapper: Tapper) => object {
  const tappers = new Map<string, Tapper>();
  const add = (tapper: Tapper, method: "tap" | "tapPromise", given: string | TapOptions, fn: Fn): void => {
    const options = typeof given === "string" ? { name: given } : given;
    const wrong = optionError(options, TAP_OPTIONS, `${hookName}.${method}()`, ["name"]);
    if (wrong) throw wrong;
    const name = tapper.plugin ?? options.name;
    if (context.closed()) {
      throw errorOf("HOOK_CLOSED", "tap", { name, hook: hookName });
    }
    const tap: Tap = { name, hook: hookName, fn };
    if (isSync(hook)) hook.tap({ ...options, name }, syncTap(tap, rules, context));
    else hook.tapPromise({ ...options, name }, asyncTap(tap, method, rules, context));
    const other = tappers.get(name);
    // A plugin may tap a hook twice, since reports name the plugin in both cases.
    if (other && (other !== tapper || tapper.plugin === undefined))
      context.warn(`Two taps of ${hookName} are called "${name}"; reports cannot tell them apart.`);
    tappers.set(name, tapper);
  };
  return (tapper: Tapper): object => {
    const tap = add.bind(undefined, tapper, "tap");
    return Object.freeze(isSync(hook) ? { tap } : { tap, tapPromise: add.bind(undefined, tapper, "tapPromise") });
  };
}

function asyncTap(tap: Tap, method: string, { maskAnswer }: TapRules, context: GuardContext) {
  const { around = callPlainly, here = callHere, clock, timeoutMs, mask } = context;
  const start = async (args: unknown[]): Promise<unknown> => {
    const answer = here(tap.fn, ...args);
    if (method === "tapPromise" && !isThenable(answer)) fail(tap, "returned no promise from tapPromise", context);
    return answer;
  };
  return async (...args: unknown[]): Promise<unknown> => {
    try {
      const work = around({ plugin: tap.name, call: tap.hook }, () => start(args));
      const answer = await withTimeout(work, timeoutMs, clock, "did not settle its promise");
      return maskAnswer ? maskAnswer(answer, mask) : answer;
    } catch (thrown) {
      const cause = maskError(thrown, mask);
      fail(tap, messageOf(cause), context, cause);
      return undefined;
    }
  };
}

function syncTap(tap: Tap, { rethrows }: TapRules, context: GuardContext): Fn {
  const { here = callHere, mask } = context;
  return (...args) => {
    try {
      const answer = here(tap.fn, ...args);
      if (!isThenable(answer)) return answer;
      Promise.resolve(answer).catch(() => undefined);
      throw new TypeError("returned a promise, but this hook is synchronous");
    } catch (thrown) {
      const cause = maskError(thrown, mask);
      const what = messageOf(cause);
      fail(tap, what, context, cause);
      if (rethrows) throw errorOf("TAP_FAILED", "failed", { ...tap, what }, { cause });
      return undefined;
    }
  };
}

function fail({ name, hook }: Tap, what: string, context: GuardContext, cause?: unknown): void {
  const failure = failureOf("TAP_FAILED", "failed", { name, hook, what });
  context.report({ ...failure, plugin: name, hook, ...(cause !== undefined && { cause }) });
}

const callHere: InContext = (fn, ...args) => fn(...args);

/** Only synchronous hooks of tapable have `call`. */
function isSync(hook: AnyHook): hook is SyncHook {
  return "call" in hook && hook.call !== undefined;
}

/**
 * tapable compiles its hooks with `new Function`, which `--disallow-code-generation-from-strings` forbids.
 * @throws CloudmarkerError CODE_GENERATION, instead of an EvalError in the middle of a run
 */
export function assertCodeGeneration(): void {
  try {
    // oxlint-disable-next-line no-new-func, no-new, no-implied-eval -- the very thing that is probed
    new Function("return 1");
  } catch (cause) {
    throw errorOf("CODE_GENERATION", "forbidden", {}, { cause });
  }
}
