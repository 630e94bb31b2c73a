import { deserialize, onDemand, serialize } from "bson";
import type { Payload } from "./payload.ts";
import { NO_PAYLOAD } from "./payload.ts";

/** Some BSON document, read. */
export type Doc = Record<string, unknown>;

/** One message of a client. */
export interface Message {
  readonly id: number;
  /** The command, without its `documents`. */
  readonly body: Doc;
  readonly documents: Payload;
  /** The client takes no answer, as for `w: 0`. */
  readonly isSilent: boolean;
  /** OP_QUERY, with which clients say hello before they know what the server speaks; its answer is an OP_REPLY. */
  readonly isLegacy: boolean;
}

/** Length of the whole message, its id, the id that it answers, its opcode: 4 bytes each. */
export const HEADER_BYTES = 16;

const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;
const CHECKSUM_PRESENT = 1;
const MORE_TO_COME = 2;
const CHECKSUM_BYTES = 4;
const ARRAY = 4;
const DOCUMENTS = "documents";
const UTF8 = "utf8";

/**
 * Reads a whole message, header included.
 * @throws where it is neither OP_MSG nor OP_QUERY, or not well-formed
 */
export function readMessage(message: Buffer): Message {
  const opcode = message.readInt32LE(12);
  if (opcode === OP_MSG) return readMsg(message);
  if (opcode === OP_QUERY) return readQuery(message);
  throw new Error(`Opcode ${opcode} is not spoken here.`);
}

/** The answer to `message`, as bytes to send. */
export function writeReply(message: Message, reply: Doc): Buffer {
  const document = serialize(reply);
  // Flags and the kind of section; or flags, a cursor of 8 bytes, where it starts, how many documents.
  const head = Buffer.alloc(HEADER_BYTES + (message.isLegacy ? 20 : 5));
  head.writeInt32LE(head.length + document.length, 0);
  head.writeInt32LE(message.id, 8);
  head.writeInt32LE(message.isLegacy ? OP_REPLY : OP_MSG, 12);
  if (message.isLegacy) head.writeInt32LE(1, HEADER_BYTES + 16);
  return Buffer.concat([head, document]);
}

function readMsg(message: Buffer): Message {
  const flags = message.readUInt32LE(HEADER_BYTES);
  const end = message.length - (flags & CHECKSUM_PRESENT ? CHECKSUM_BYTES : 0);
  let command: Buffer | undefined;
  let sequence: Payload | undefined;
  for (let position = HEADER_BYTES + 4; position < end;) {
    const kind = message[position++];
    const stop = position + message.readInt32LE(position);
    if (kind === 0) command = message.subarray(position, stop);
    else {
      const nameEnd = message.indexOf(0, position + 4);
      const name = message.toString(UTF8, position + 4, nameEnd);
      if (kind !== 1 || name !== DOCUMENTS) throw new Error(`A section of kind ${kind} and name ${name} is unknown.`);
      sequence = { bytes: message.subarray(nameEnd + 1, stop), isArray: false };
    }
    position = stop;
  }
  if (!command) throw new Error("The message has no command.");
  const { body, documents } = splitCommand(command);
  return {
    id: message.readInt32LE(4),
    body,
    documents: sequence ?? documents,
    isSilent: (flags & MORE_TO_COME) !== 0,
    isLegacy: false,
  };
}

function readQuery(message: Buffer): Message {
  const nameEnd = message.indexOf(0, HEADER_BYTES + 4);
  const [$db] = message.toString(UTF8, HEADER_BYTES + 4, nameEnd).split(".");
  // Past what to skip and how many to return.
  const body: Doc = deserialize(message.subarray(nameEnd + 9));
  return { id: message.readInt32LE(4), body: { ...body, $db }, documents: NO_PAYLOAD, isSilent: false, isLegacy: true };
}

/** Takes out the documents before the rest is read, since reading thousands of them takes time. */
function splitCommand(command: Buffer): { readonly body: Doc; readonly documents: Payload } {
  for (const [type, nameOffset, nameLength, offset, length] of onDemand.parseToElements(command)) {
    const isDocuments = type === ARRAY && command.toString(UTF8, nameOffset, nameOffset + nameLength) === DOCUMENTS;
    if (!isDocuments) continue;
    const rest = Buffer.concat([command.subarray(0, nameOffset - 1), command.subarray(offset + length)]);
    rest.writeInt32LE(rest.length, 0);
    // An array has its length before, and a zero behind its elements.
    const bytes = command.subarray(offset + 4, offset + length - 1);
    return { body: deserialize(rest), documents: { bytes, isArray: true } };
  }
  return { body: deserialize(command), documents: NO_PAYLOAD };
}
