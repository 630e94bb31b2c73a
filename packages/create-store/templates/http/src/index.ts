import { type Batch, defineStore, MASK, type Outcome, reject, UnknownOutcomeError } from "@cloudmarker/store-api";
import {
  byCode,
  httpFailure,
  networkError,
  readObject,
  reportCheck,
  type ServerAnswer,
  shownRequest,
} from "@cloudmarker/store-kit/http";
import { Agent, request } from "undici";

/** What a status of the server means for the records of a request. What is not listed may have been applied. */
const STATUSES = byCode([
  [["blocked", "credentials", "; check the param token"], 401, 403],
  [["blocked", "wrong_server", "; check the param url"], "3xx", 404, 405],
  [["too_large", "too_large"], 413],
  [["retry", "overloaded"], 429, 502, 503, 504],
  [["blocked", "refused_request"], "4xx"],
]);

export default defineStore({
  name: "{{name}}",
  apiVersion: 1,
  params: {
    type: "object",
    properties: {
      url: { type: "string", format: "uri", description: "Address of the server." },
      table: { type: "string", minLength: 1, default: "audit", description: "Where the records go." },
      token: { type: "string", minLength: 1, writeOnly: true, description: "Token that the server takes." },
    },
    required: ["url", "token"],
    additionalProperties: false,
  },
  // The server has a record once, however often it is sent: the same id replaces it.
  supports: { idempotent: true },
  batch: { records: 500, bytes: 1_000_000, concurrency: 2 },

  explain(batch, { url, table }) {
    const { path, body, headers } = requestOf(batch, table, MASK);
    return [shownRequest(url, { method: "POST", path, headers, body: Buffer.from(body) }, batch.length)];
  },

  open({ url, table, token }, { clock, guarantee }) {
    // The host has the time limits. With at-most-once no connection is used that the server may be closing (SC-35).
    const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0, pipelining: guarantee === "at-most-once" ? 0 : 1 });
    const peer = new URL(url).origin;

    const send = async (method: "GET" | "POST", batch: Batch, signal?: AbortSignal): Promise<ServerAnswer> => {
      const { path, body, headers } = requestOf(batch, table, token);
      const post = method === "POST" && { body };
      try {
        const options = { dispatcher: agent, method, headers, ...post, ...(signal && { signal }) };
        const answer = await request(new URL(path, url), options);
        const text = await answer.body.text();
        return { status: answer.statusCode, headers: answer.headers, body: text, peer, atMs: clock.now() };
      } catch (error) {
        throw networkError(error, peer);
      }
    };

    const look = async (): Promise<string> => {
      const answer = await send("GET", [], AbortSignal.timeout(10_000));
      if (answer.status !== 200) throw httpFailure(answer, STATUSES);
      return `${peer} takes records.`;
    };

    return {
      async write(batch, { signal }): Promise<Outcome[]> {
        const answer = await send("POST", batch, signal);
        if (answer.status !== 200) throw httpFailure(answer, STATUSES);
        const { refused } = readObject(answer.body);
        // A proxy on the way may answer 200 as well: only the server's own answer says that the records are there.
        if (!Array.isArray(refused))
          throw new UnknownOutcomeError("wrong_answer", `${peer} does not say what it took.`);
        return refused.map((index: number) => reject(index, "refused", "The server refuses this record."));
      },
      check: () => reportCheck(look, async () => undefined),
      close: () => agent.destroy(),
    };
  },
});

/** One request: a line for each record. `json` is the record as text, which keeps every digit of its numbers. */
function requestOf(batch: Batch, table: string, token: string) {
  return {
    path: `/tables/${encodeURIComponent(table)}`,
    body: batch.map(({ id, json }) => `{"id":${JSON.stringify(id)},"record":${json}}\n`).join(""),
    headers: { authorization: `Bearer ${token}`, "content-type": "application/x-ndjson" },
  };
}
