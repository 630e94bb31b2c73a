import { ObjectId } from "bson";
import type { Doc } from "./wire.ts";

/** What a server says of itself. */
export interface HelloOptions {
  /** Name of a replica set whose primary and only member is the server. @default none, a standalone */
  readonly replicaSet?: string;
  /** As `buildInfo` tells it. @default "7.0.14" */
  readonly version?: string;
  /** What MongoDB of that version speaks: 21 for 7.0, 25 for 8.0. @default 21 */
  readonly maxWireVersion?: number;
  /** Longest document. Bytes. @default 16777216 */
  readonly maxBsonObjectSize?: number;
  /** Longest message. A longer one costs the client its connection. Bytes. @default 48000000 */
  readonly maxMessageSizeBytes?: number;
  /** Most documents of one command. @default 100000 */
  readonly maxWriteBatchSize?: number;
}

/** {@link HelloOptions} with everything that has a default. */
export type ServerFacts = Required<Omit<HelloOptions, "replicaSet">> & Pick<HelloOptions, "replicaSet">;

/** The same at each restart, so that clients do not take the server for another. */
const ELECTION_ID = new ObjectId("7fffffff0000000000000001");

/** Fills the defaults in. */
export function serverFacts(options: HelloOptions): ServerFacts {
  return {
    ...(options.replicaSet !== undefined && { replicaSet: options.replicaSet }),
    version: options.version ?? "7.0.14",
    maxWireVersion: options.maxWireVersion ?? 21,
    maxBsonObjectSize: options.maxBsonObjectSize ?? 16_777_216,
    maxMessageSizeBytes: options.maxMessageSizeBytes ?? 48_000_000,
    maxWriteBatchSize: options.maxWriteBatchSize ?? 100_000,
  };
}

/** The answer to `hello`, and to what it was called before. */
export function hello(facts: ServerFacts, address: string, connectionId: number): Doc {
  const { replicaSet, version: _, ...limits } = facts;
  // Without `topologyVersion`, clients ask from time to time and do not wait for news on a connection kept for that.
  const member = {
    setName: replicaSet,
    setVersion: 1,
    electionId: ELECTION_ID,
    secondary: false,
    hosts: [address],
    primary: address,
    me: address,
  };
  return {
    helloOk: true,
    isWritablePrimary: true,
    ismaster: true,
    ...(replicaSet !== undefined && member),
    ...limits,
    minWireVersion: 0,
    localTime: new Date(),
    logicalSessionTimeoutMinutes: 30,
    connectionId,
    readOnly: false,
    ok: 1,
  };
}

/** The answer to `buildInfo`. */
export function buildInfo({ version, maxBsonObjectSize }: ServerFacts): Doc {
  const versionArray = [...version.split(".").map(Number), 0];
  return { version, versionArray, gitVersion: "", modules: [], bits: 64, maxBsonObjectSize, ok: 1 };
}
