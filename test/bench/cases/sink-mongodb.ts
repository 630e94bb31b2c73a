// A MongoDB that keeps nothing, or with `--engine` mongo-java-server, which keeps documents until they are counted.
import { connect, createServer } from "node:net";
import { MongoClient } from "mongodb";
import { startEngine } from "../../engines/start-engine.ts";
import { startMongo } from "../../servers/mongodb/server.ts";
import { announce, type Counts, delayMs, isEngine, listen } from "./sink.ts";

if (isEngine) await announceEngine();
else await announceNull();

async function announceNull(): Promise<void> {
  const server = await startMongo({ nullSink: true });
  let taken = 0;
  await announce(`mongodb://127.0.0.1:${await slowed(server.port)}/`, () => {
    const records = server.inserted - taken;
    taken = server.inserted;
    return { records };
  });
}

async function announceEngine(): Promise<void> {
  const engine = await startEngine("mongo-java");
  const db = new MongoClient(engine.url).db("bench");
  const take = async (): Promise<Counts> => {
    const records = await db.collection("bench").countDocuments();
    await db.dropDatabase();
    return { records };
  };
  await announce(engine.url, take, () => engine.stop());
}

/** A port that passes on what comes, and the answers after the delay. */
async function slowed(port: number): Promise<number> {
  if (delayMs === 0) return port;
  const proxy = createServer((client) => {
    const server = connect(port, "127.0.0.1");
    client.pipe(server);
    // Timers of the same length end in the order in which they began.
    server.on("data", (chunk) => setTimeout(() => client.write(chunk), delayMs));
    server.on("error", () => client.destroy());
    client.on("error", () => server.destroy());
    server.on("close", () => client.end());
  });
  return listen(proxy);
}
