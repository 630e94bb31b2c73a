// A store that shows its token and what was made of it, wherever it may say something.
import { type CheckReport, defineStore, type Outcome, type Store, StoreError } from "@cloudmarker/store-api";

const params = {
  type: "object",
  properties: {
    url: { type: "string" },
    token: { type: "string", writeOnly: true },
    headers: { type: "object", additionalProperties: { type: "string" }, default: {} },
    act: { type: "string", default: "" },
  },
  required: ["url", "token"],
} as const;

export default defineStore({
  name: "chatty",
  apiVersion: 1,
  params,
  batch: { records: 2 },
  validate: ({ act, token }) => (act === "validate" ? [{ path: ["token"], message: `bad: ${token}` }] : []),
  explain(_batch, { url, token, act }) {
    if (act === "explain throws") throw new Error(`no request with ${token}`);
    return [{ method: "POST", url: `${url}?t=${token}`, headers: { authorization: token }, body: token, records: 1 }];
  },
  open({ act, token, url, headers }, { logger }): Store {
    const basic = Buffer.from(`user:${token}`).toString("base64");
    const said = `${token}, Basic ${basic}, ${encodeURIComponent(token)}, ${url}, ${JSON.stringify(headers)}`;
    const fail = (status: ConstructorParameters<typeof StoreError>[0]): StoreError =>
      Object.assign(new StoreError(status, `code-${token}`, said, { cause: new Error(said) }), { request: { said } });
    logger.warn(said);
    if (act === "open") throw fail("blocked");
    if (act === "timer") setTimeout(() => failNow(said), 20);
    return {
      write(batch) {
        if (act === "timer") return new Promise(() => undefined);
        if (act === "retry" || act === "unknown" || act === "reject" || act === "blocked") throw fail(act);
        if (act === "plain") throw new Error(said);
        if (!act.startsWith("outcome ")) return;
        const status = act.slice("outcome ".length) as Outcome["status"];
        return batch.map((_, index) => ({ index, status, code: `code-${token}`, reason: said }));
      },
      flush() {
        if (act === "flush") throw fail("retry");
      },
      done() {
        if (act === "done") throw fail("retry");
        return { location: said, notes: [said] };
      },
      check(): CheckReport {
        if (act === "check throws") throw fail("blocked");
        return { ok: false, code: `code-${token}`, message: said };
      },
      close() {
        if (act === "close") throw fail("retry");
      },
    };
  },
});

function failNow(said: string): never {
  throw new Error(said);
}
