import { once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { deserialize, serialize } from "bson";
import { expect, onTestFinished, test } from "vitest";
import { Framer } from "../../../src/servers/mongodb/framer.ts";
import { eachDocument } from "../../../src/servers/mongodb/payload.ts";
import type { MongoFaultServer } from "../../../src/servers/mongodb/server.ts";
import { serve } from "./support.ts";
import { HEADER_BYTES, readMessage, writeReply } from "../../../src/servers/mongodb/wire.ts";
import type { Doc } from "../../../src/servers/mongodb/wire.ts";

const OP_QUERY = 2004;
const OP_MSG = 2013;

function frame(opcode: number, ...parts: Uint8Array[]): Buffer {
  const head = Buffer.alloc(HEADER_BYTES);
  const message = Buffer.concat([head, ...parts]);
  message.writeInt32LE(message.length, 0);
  message.writeInt32LE(7, 4);
  message.writeInt32LE(opcode, 12);
  return message;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

function msg(body: Doc, flags = 0, ...rest: Uint8Array[]): Buffer {
  return frame(OP_MSG, int32(flags), Buffer.of(0), serialize(body), ...rest);
}

function sequence(name: string, documents: readonly Doc[]): Buffer {
  const content = Buffer.concat([Buffer.from(`${name}\0`), ...documents.map((document) => serialize(document))]);
  return Buffer.concat([Buffer.of(1), int32(content.length + 4), content]);
}

function helloQuery(): Buffer {
  return frame(OP_QUERY, int32(0), Buffer.from("admin.$cmd\0"), int32(0), int32(-1), serialize({ ismaster: 1 }));
}

function dial({ port }: MongoFaultServer): Socket {
  const socket = connect(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  return socket;
}

test("documents are the same as a sequence and as an array in the command", () => {
  const documents = Array.from({ length: 12 }, (_, i) => ({ _id: i }));
  const asSequence = readMessage(msg({ insert: "c", $db: "d" }, 0, sequence("documents", documents)));
  const asArray = readMessage(msg({ insert: "c", documents, $db: "d" }));
  for (const { body, documents: payload } of [asSequence, asArray]) {
    const found: Doc[] = [];
    expect(eachDocument(payload, (bytes) => found.push(deserialize(bytes)))).toBe(12);
    expect(eachDocument(payload)).toBe(12);
    expect(found).toEqual(documents);
    expect(body).toEqual({ insert: "c", $db: "d" });
  }
});

test("flags announce a checksum at the end, and clients that take no answer", () => {
  const { isSilent, body } = readMessage(msg({ ping: 1 }, 1, int32(-1)));
  expect({ isSilent, body }).toEqual({ isSilent: false, body: { ping: 1 } });
  expect(readMessage(msg({ ping: 1 }, 2)).isSilent).toBe(true);
});

test("what is not well-formed is refused", () => {
  expect(() => readMessage(frame(2012))).toThrow("Opcode 2012 is not spoken here.");
  expect(() => readMessage(frame(OP_MSG, int32(0)))).toThrow("The message has no command.");
  const unknown = msg({ ping: 1 }, 0, sequence("updates", []));
  expect(() => readMessage(unknown)).toThrow("A section of kind 1 and name updates is unknown.");
  const impossible = "A document has an impossible length.";
  for (const length of [-1, 0, 4, 6]) {
    const bytes = Buffer.concat([int32(length), Buffer.alloc(1)]);
    expect(() => eachDocument({ bytes, isArray: false })).toThrow(impossible);
  }
  const element = Buffer.concat([Buffer.from("\x030\0"), int32(5), Buffer.alloc(1), Buffer.from("\x031")]);
  expect(() => eachDocument({ bytes: element, isArray: true })).toThrow(impossible);
  // Nothing ends the index of the second element, and the start of the payload looks like a long document.
  const endless = Buffer.concat([Buffer.of(1, 0), int32(5), Buffer.alloc(1), Buffer.alloc(400_000, "1")]);
  expect(() => eachDocument({ bytes: endless, isArray: true })).toThrow(impossible);
});

test("messages are cut out of the stream however it was cut up", () => {
  const [first, second] = [msg({ ping: 1 }), msg({ ping: 2 })];
  const stream = Buffer.concat([first, second]);
  for (let size = 1; size <= stream.length; size++) {
    const framer = new Framer(1000);
    const found: Buffer[] = [];
    for (let at = 0; at < stream.length; at += size) found.push(...framer.push(stream.subarray(at, at + size)));
    expect(found).toEqual([first, second]);
  }
  expect(() => new Framer(1000).push(int32(1001))).toThrow("A message of 1001 bytes is out of bounds.");
  expect(() => new Framer(1000).push(int32(15))).toThrow(RangeError);
});

test("a hello as OP_QUERY is answered as OP_REPLY, by the name that the client uses", async () => {
  const socket = dial(await serve({ replicaSet: "rs0" }));
  socket.write(helloQuery());
  const [reply] = (await once(socket, "data")) as [Buffer];
  expect(reply.readInt32LE(0)).toBe(reply.length);
  expect(reply.readInt32LE(8)).toBe(7);
  expect(reply.readInt32LE(12)).toBe(1);
  expect(reply.readInt32LE(32)).toBe(1);
  expect(deserialize(reply.subarray(36))).toMatchObject({ ismaster: true, helloOk: true, setName: "rs0", ok: 1 });
});

test("a reply names the message that it answers", () => {
  const reply = writeReply(readMessage(msg({ ping: 1 })), { ok: 1 });
  expect([reply.readInt32LE(0), reply.readInt32LE(8), reply.readInt32LE(12)]).toEqual([reply.length, 7, OP_MSG]);
  expect(deserialize(reply.subarray(21))).toEqual({ ok: 1 });
});

test("a message that wants no answer gets none (MG-13)", async () => {
  const socket = dial(await serve());
  const silent = msg({ ping: 1, $db: "admin" }, 2);
  silent.writeInt32LE(6, 4);
  socket.write(Buffer.concat([silent, msg({ ping: 1, $db: "admin" })]));
  const [reply] = (await once(socket, "data")) as [Buffer];
  expect(reply.readInt32LE(8)).toBe(7);
});

test("a client that sends what cannot be read loses its connection, and no other client does", async () => {
  const server = await serve();
  const [good, bad] = [dial(server), dial(server)];
  bad.write("GET / HTTP/1.1\r\n\r\n");
  await once(bad, "close");
  good.write(msg({ ping: 1, $db: "admin" }));
  const [reply] = (await once(good, "data")) as [Buffer];
  expect(deserialize(reply.subarray(21))).toEqual({ ok: 1 });
});
