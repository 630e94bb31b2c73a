// Acceptance 4 of issue 14 on a real engine: records that were refused for a mapping, sent again once it is mended.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHost, openState } from "@cloudmarker/core";
import esstore from "@cloudmarker/esstore";
import { expect, onTestFinished, test } from "vitest";
import { describeEngine, sharedEngine, uniqueName } from "../engines/index.ts";

const RECORDS = 5_000;

/** Number literals and a duplicate key that JSON.parse would not keep. */
const LINES = Array.from(
  { length: RECORDS },
  (_, n) => `{"n":${n},"big":14517067005933136034,"f":1.50,"u":"\\u00e9","status":"open"}`,
);

function statusIs(type: string): object {
  return { mappings: { dynamic: false, properties: { raw: { properties: { status: { type } } } } } };
}

describeEngine(
  ["elasticsearch", "opensearch"],
  "dead letters that were refused for a mapping, sent again once it is mended",
  (name) => {
    test("5,000 records are written, none twice, and as they were", async () => {
      const stateDir = mkdtempSync(join(tmpdir(), "cloudmarker-letters-"));
      onTestFinished(() => rmSync(stateDir, { recursive: true, force: true }));
      const { url: node } = await sharedEngine(name);
      const index = uniqueName("letters");
      const call = async (method: string, path: string, body?: object): Promise<unknown> => {
        const headers = { "content-type": "application/json" };
        const answer = await fetch(new URL(`/${index}${path}`, node), {
          method,
          ...(body && { headers, body: JSON.stringify(body) }),
        });
        expect(answer.status).toBe(200);
        return answer.json();
      };
      const options = {
        stateDir,
        stores: { search: { plugin: esstore, params: { node, index, mapping: "none" } } },
      };

      await call("PUT", "", statusIs("long"));
      const host = createHost(options);
      for (const line of LINES) await host.write(line);
      const { stores } = await host.done();
      expect(stores).toMatchObject([{ accepted: RECORDS, written: 0, deadLettered: RECORDS, lost: 0 }]);
      const [{ code = "" } = {}] = stores[0]?.reasons ?? [];

      await call("DELETE", "");
      await call("PUT", "", statusIs("keyword"));
      const again = await createHost({ ...options, replay: { letters: { code } } }).done();
      expect(again).toMatchObject({ ok: true, stores: [{ accepted: RECORDS, written: RECORDS, duplicate: 0 }] });

      await call("POST", "/_refresh");
      expect(await call("GET", "/_count")).toMatchObject({ count: RECORDS });
      const state = await openState(stateDir);
      onTestFinished(() => state.close());
      const [letter] = await Array.fromAsync(state.deadLetters.list({ state: "replayed" }));
      const answer = await fetch(new URL(`/${index}/_source/${letter?.recordId ?? ""}`, node));
      expect(await answer.text()).toBe(letter?.json);
      expect(await state.deadLetters.count({ state: "replayed" })).toMatchObject({ letters: RECORDS });
    });
  },
);
