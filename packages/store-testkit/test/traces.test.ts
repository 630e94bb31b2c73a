import { connect } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { startPort } from "../../../test/servers/port.ts";
import { until } from "../src/lab.ts";
import { traces } from "../src/traces.ts";
import { asPlugin } from "../src/watch.ts";

test("a connection with TLS is a handle while it is open, and none once it is closed", async () => {
  const { port, stop } = await startPort(() => undefined);
  onTestFinished(stop);
  const trace = traces();
  onTestFinished(() => trace.stop());
  const socket = asPlugin(
    () => undefined,
    () => connect({ host: "127.0.0.1", port }),
  );
  expect(trace.handles()).toEqual(["TCPWRAP"]);
  socket.destroy();
  expect(await until(() => trace.handles().length === 0, 10_000)).toBe(true);
});
