// A MongoDB that keeps nothing, or with `--engine` mongo-java-server, which keeps documents until they are counted.
import { MongoClient } from "mongodb";
import { startEngine } from "../../engines/start-engine.ts";
import { startMongo } from "../../../packages/store-testkit/src/servers/mongodb/server.ts";
import { announce, type Counts, isEngine, slowed } from "./sink.ts";

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
  await announce(`mongodb://127.0.0.1:${await slowed(engine.port)}/`, take, () => engine.stop());
}
