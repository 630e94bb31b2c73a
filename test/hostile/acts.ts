/** Every call of the contract, and the import of the plugin. */
export const CALLS = [
  "import",
  "validate",
  "batchFor",
  "open",
  "write",
  "flush",
  "done",
  "close",
  "check",
  "explain",
] as const;

/** One of {@link CALLS}. */
export type Call = (typeof CALLS)[number];

/** What a store does in a call. */
export interface Act {
  readonly name: string;
  /**
   * - `exit`: ends the process, or its thread.
   * - `late`: does its work, and throws from a timer, so that it is an uncaught exception.
   * - `hang`, `spin`: never answers; the latter never gives the event loop back either.
   * - `fail`: throws, or answers with what the contract does not allow.
   * - `work`: does its work, and something else beside.
   */
  readonly kind: "exit" | "late" | "hang" | "spin" | "fail" | "work";
  /** JavaScript: the body of the call, before what it does otherwise. `token` is its secret. */
  readonly code: string;
  /** JavaScript: what the module exports in place of the plugin. */
  readonly exported?: string;
}

const NEVER = "new Promise(() => undefined)";
const SAID = "`no luck with ${token}`";

/** What may be done in any call that has a body. */
const ANYWHERE: readonly Act[] = [
  { name: "exits with 0", kind: "exit", code: "process.exit(0);" },
  {
    name: "exits in a promise of its own",
    kind: "exit",
    code: `queueMicrotask(() => process.exit(3)); return ${NEVER};`,
  },
  { name: "throws from a timer", kind: "late", code: `setTimeout(() => { throw new Error(${SAID}); }, 1);` },
  { name: "leaves a rejection behind", kind: "late", code: `void Promise.reject(new Error(${SAID}));` },
  { name: "hangs", kind: "hang", code: `return ${NEVER};` },
  {
    name: "throws",
    kind: "fail",
    code: `throw Object.assign(new Error(${SAID}), { token, cause: new Error(token) });`,
  },
  { name: "throws nothing", kind: "fail", code: "throw undefined;" },
  { name: "throws a trap", kind: "fail", code: "throw trap();" },
  { name: "holds the loop", kind: "work", code: "hold(1_100);" },
  { name: "prints", kind: "work", code: "console.log(token); process.stdout.write(`${token}\\n`);" },
];

/** Lies in the fields of what each call returns: JavaScript expressions. */
const LIES: Readonly<Record<Call, readonly string[]>> = {
  import: [],
  validate: ["token", "[token]", "[{ path: 5, message: token }]", "Promise.resolve([])", "[trap()]"],
  batchFor: ["token", "{ records: 0 }", "{ concurrency: NaN }", "{ bytes: token }", "Promise.resolve({})", "trap()"],
  open: ["undefined", "token", "{ write: 5 }", "{ write() {}, flush: token }", "revoked()", "trap()"],
  write: [
    "token",
    "{ length: 0 }",
    "[{ index: 99, status: 'written' }]",
    "[{ index: -1, status: 'reject' }]",
    "[{ index: 0n, status: 'written' }]",
    "[trap()]",
    "[revoked()]",
    "Object.assign([], { length: 1e9 })",
    "batch.map((_, index) => ({ index, status: token }))",
    "batch.map((_, index) => ({ index, status: 'reject', code: token, reason: token }))",
    "batch.map((_, index) => ({ index, status: 'retry', reason: token, retryAfterMs: NaN }))",
    "batch.map((_, index) => ({ index, status: 'blocked', code: {}, reason: 5n, retryAfterMs: -1 }))",
    "batch.splice(0).map((_, index) => ({ index, status: 'reject' }))",
    "[...batch, ...batch].map((_, index) => ({ index: index % 2, status: 'retry' }))",
  ],
  flush: ["token", "5n", "trap()"],
  done: [
    "{ location: 5n, notes: token }",
    "{ location: token, notes: [token, Symbol('s'), () => 1, 5n] }",
    "{ notes: [`${token} `.repeat(1e5)] }",
    "trap()",
    "revoked()",
  ],
  close: ["token", "Promise.reject(token)"],
  check: [
    "true",
    "undefined",
    "token",
    "{ ok: 'yes', code: 5, message: token }",
    "{ ok: true }",
    "trap()",
    "revoked()",
  ],
  explain: [
    "token",
    "[5]",
    "[{ method: 'PUT', url: 'u', body: 5n, records: 1 }]",
    "[{ method: token, url: token, body: token, records: NaN }]",
    "trap()",
  ],
};

/** An expression that is a valid answer after all, whatever it looks like. */
const HARMLESS: ReadonlySet<string> = new Set(["token of flush", "5n of flush", "token of close"]);

const SPINS: Act = { name: "spins", kind: "spin", code: "for (;;);" };

/** What may be at the top of the module. There is nothing to return, and `token` is not known yet. */
const AT_IMPORT: readonly Act[] = [
  ...ANYWHERE.filter(({ code }) => !code.includes("return")),
  { name: "hangs", kind: "hang", code: `await ${NEVER};` },
  { name: "is a number", kind: "fail", code: "", exported: "5" },
  { name: "is a trap", kind: "fail", code: "", exported: "trap()" },
  { name: "has no open", kind: "fail", code: "", exported: "{ ...plugin, open: undefined }" },
  { name: "sizes its batches with NaN", kind: "fail", code: "", exported: "{ ...plugin, batch: { records: NaN } }" },
];

/** Everything that a store may do in this call. */
export function actsOf(call: Call): readonly Act[] {
  if (call === "import") return AT_IMPORT;
  const lies = LIES[call].map((answer): Act => {
    const kind = HARMLESS.has(`${answer} of ${call}`) ? "work" : "fail";
    return { name: `answers ${answer}`, kind, code: `return ${answer};` };
  });
  return [...ANYWHERE, ...lies, SPINS];
}
