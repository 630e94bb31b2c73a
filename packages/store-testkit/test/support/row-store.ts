// A good store, as somebody would write it for the server beside it. The broken ones differ from it in one line.
import { connect, type Socket } from "node:net";
import {
  type Batch,
  BlockedError,
  defineStore,
  MASK,
  type Outcome,
  reject,
  RetryError,
  UnknownOutcomeError,
} from "@cloudmarker/store-api";

interface Answer {
  readonly error?: string;
  readonly refused?: readonly number[];
}

export default defineStore({
  name: "rowstore",
  apiVersion: 1,
  params: {
    type: "object",
    properties: {
      port: { type: "integer", minimum: 1, description: "Port of the server." },
      table: { type: "string", default: "audit", description: "Name of the table." },
      token: { type: "string", writeOnly: true, description: "What lets the store in." },
    },
    required: ["port", "token"],
    additionalProperties: false,
  },
  supports: { idempotent: true },
  batch: { records: 200 },

  explain(batch, params) {
    const { port, table } = params;
    const body = JSON.stringify({ token: MASK, op: "put", table, rows: rowsOf(batch) });
    return [{ method: "put", url: `rows://127.0.0.1:${port}/${table}`, body, records: batch.length }];
  },

  open({ port, table, token }, { logger }) {
    const connection = lineConnection(port);
    let creating: Promise<unknown> | undefined;
    const ask = async (op: string, signal: AbortSignal | undefined, more: object = {}): Promise<Answer> => {
      const line = JSON.stringify({ token, op, table, ...more });
      const answer = JSON.parse(await connection.ask(line, signal)) as Answer;
      if (answer.error === "access denied") throw new BlockedError("no_permission", "The token is not valid.");
      return answer;
    };
    const again = (error: unknown): never => {
      creating = undefined;
      throw error;
    };
    const create = async (signal: AbortSignal): Promise<void> => {
      creating ??= ask("create", signal).then(sure).catch(again);
      await creating;
    };
    logger.debug(`writes to ${table}`);
    return {
      async write(batch, { signal }): Promise<Outcome[]> {
        await create(signal);
        const { refused = [] } = await ask("put", signal, { rows: rowsOf(batch) }).then(sure);
        return refused.map((index) => reject(index, "refused", "The server takes no U+0000."));
      },
      async check() {
        await ask("ping", undefined);
        return { ok: true, code: "ok", message: "The server answers." };
      },
      close() {
        connection.close();
      },
    };
  },
});

function sure(answer: Answer): Answer {
  if (answer.error !== undefined) throw new RetryError("not_written", answer.error);
  return answer;
}

function rowsOf(batch: Batch): { id: string; json: string }[] {
  return batch.map(({ id, json }) => ({ id, json }));
}

/** One connection, made when it is needed: a line is sent, and a line comes back. */
function lineConnection(port: number) {
  let socket: Socket | undefined;
  let waiting: ((answer: string | Error) => void)[] = [];
  const end = (error: Error): void => {
    socket?.destroy();
    socket = undefined;
    for (const answer of waiting.splice(0)) answer(error);
  };
  const open = (): Promise<Socket> =>
    new Promise((resolve, fail) => {
      let text = "";
      const made = connect({ port, host: "127.0.0.1" });
      const refused = (error: Error): void => fail(new RetryError("unreachable", error.message));
      made.on("error", refused).on("connect", () => {
        made.off("error", refused).on("error", () => undefined);
        resolve(made);
      });
      made.on("close", () => socket === made && end(new UnknownOutcomeError("cut", "The connection was cut.")));
      made.on("data", (piece) => {
        text += piece;
        const lines = text.split("\n");
        text = lines.pop() ?? "";
        for (const line of lines) waiting.shift()?.(line);
      });
    });
  let opening: Promise<Socket> | undefined;
  const late = (): void => end(new UnknownOutcomeError("no_answer", "The server did not answer in time."));
  return {
    async ask(line: string, signal: AbortSignal | undefined): Promise<string> {
      if (!socket) socket = await (opening ??= open().finally(() => (opening = undefined)));
      const { promise, resolve, reject: fail } = Promise.withResolvers<string>();
      waiting.push((answer) => (typeof answer === "string" ? resolve(answer) : fail(answer)));
      signal?.addEventListener("abort", late, { once: true });
      socket.write(`${line}\n`);
      return promise.finally(() => signal?.removeEventListener("abort", late));
    },
    close: () => end(new RetryError("closed", "The store is closed.")),
  };
}
