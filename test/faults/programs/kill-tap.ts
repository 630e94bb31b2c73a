// A tap that notes which records were accepted, and when, and that kills its process where the environment says so.
import { openSync, writeSync } from "node:fs";
import { defineTap } from "@cloudmarker/store-api";

const params = {
  type: "object",
  properties: { notes: { type: "string" } },
  required: ["notes"],
  additionalProperties: false,
} as const;

/** `record 12`: as the 12th record is accepted. `written 3`, `flush 1`, `done 1`: in that hook of a store. */
const [what, at] = (process.env["KILL_AT"] ?? "").split(" ");
let seen = 0;

export default defineTap({
  name: "kill-tap",
  apiVersion: 1,
  params,
  apply({ hooks }, { notes }) {
    const fd = openSync(notes, "a");
    const die = (kind: string): void => {
      if (kind !== what) return;
      seen += 1;
      if (seen !== Number(at)) return;
      writeSync(fd, `killed ${Date.now()}\n`);
      process.kill(process.pid, "SIGKILL");
    };
    hooks.filter.tap("kill-tap", ({ raw }) => {
      const { kill_n: n } = raw as { kill_n: number };
      writeSync(fd, `${n} ${Date.now()}\n`);
      die("record");
      return undefined;
    });
    hooks.store.tap("kill-tap", (store) => {
      store.hooks.written.tap("kill-tap", () => die("written"));
      store.hooks.flush.tap("kill-tap", () => die("flush"));
      store.hooks.done.tap("kill-tap", () => die("done"));
    });
  },
});
