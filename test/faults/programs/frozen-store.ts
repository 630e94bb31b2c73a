// A store that posts its batches, with no time limit of its own.
import { Agent, request } from "node:http";
import { defineStore } from "@cloudmarker/store-api";

const params = { type: "object", properties: { url: { type: "string" } }, required: ["url"] } as const;

export default defineStore({
  name: "poster",
  apiVersion: 1,
  params,
  open({ url }) {
    const agent = new Agent();
    const post = (path: string, body: string): Promise<void> =>
      new Promise((resolve, reject) => {
        const sent = request(`${url}${path}`, { method: "POST", agent }, (answer) => {
          answer.resume().once("end", () => resolve());
        });
        sent.once("error", reject).end(body);
      });
    return {
      write: (batch) => post("/write", batch.map(({ json }) => json).join("\n")),
      done: () => post("/done", ""),
      close: () => agent.destroy(),
    };
  },
});
