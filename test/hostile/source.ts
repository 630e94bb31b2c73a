import type { Case } from "./cases.ts";

/** Files that a hostile store writes. */
export interface Traces {
  /** The records that it really took, one a line. */
  readonly took: string;
  /** It did what it is there for. */
  readonly reached: string;
}

/** The module of a hostile store. What it acknowledges without a lie, it has; nothing else. */
export function sourceOf({ call, act, isolation, how }: Case, { took, reached }: Traces): string {
  const when = how === "once" ? "isFirst()" : "(reached(), true)";
  const body = (name: string): string => (name === call ? `if (${when}) { ${act.code} }` : "");
  const { exported = "plugin" } = act;
  // In a thread the module is imported twice; it is the second time that is of interest.
  const atImport = isolation === "thread" ? `if (!isMainThread) { reached(); ${act.code} }` : `reached(); ${act.code}`;
  return `
import { appendFileSync, existsSync, writeFileSync } from "node:fs";
import { isMainThread } from "node:worker_threads";

let token = "";
const reached = () => writeFileSync(${JSON.stringify(reached)}, "");
const isFirst = () => !existsSync(${JSON.stringify(reached)}) && (reached(), true);
const take = (batch) => appendFileSync(${JSON.stringify(took)}, batch.map(({ json }) => json + "\\n").join(""));
const hold = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
const revoked = () => { const { proxy, revoke } = Proxy.revocable([], {}); revoke(); return proxy; };
const trap = () => new Proxy({}, { get() { throw new Error("a trap with " + token); } });
${call === "import" ? atImport : ""}
const plugin = {
  kind: "store",
  name: "hostile",
  apiVersion: 1,
  params: { type: "object", properties: { token: { type: "string", writeOnly: true } } },
  supports: { idempotent: true },
  batch: { records: 4 },
  validate(params) { token = params.token; ${body("validate")} return []; },
  batchFor(params) { ${body("batchFor")} return {}; },
  explain(batch) { ${body("explain")} return []; },
  open(params) {
    token = params.token;
    ${body("open")}
    return {
      write(batch) { ${body("write")} take(batch); },
      ${call === "flush" ? `flush() { ${body("flush")} },` : ""}
      done() { ${body("done")} return { location: "there" }; },
      check() { ${body("check")} return { ok: true, code: "ok", message: "fine" }; },
      close() { ${body("close")} },
    };
  },
};
export default ${isolation === "thread" && call === "import" ? `isMainThread ? plugin : ${exported}` : exported};
`;
}
