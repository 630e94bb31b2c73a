/** The documents of a command, as they came over the wire. */
export interface Payload {
  /** Documents one after the other, with the head of an array element before each where `isArray`. */
  readonly bytes: Buffer;
  /** Whether they came as an array in the command, not as a document sequence. */
  readonly isArray: boolean;
}

/** A command without documents. */
export const NO_PAYLOAD: Payload = { bytes: Buffer.alloc(0), isArray: false };

/** The shortest document: its length and the closing zero. */
const MIN_BYTES = 5;

/**
 * Walks from length to length without a look into the documents.
 * @param visit gets each document as a view of the message, not as a copy
 * @returns how many there are
 * @throws RangeError where a length leads out of the payload
 */
export function eachDocument({ bytes, isArray }: Payload, visit?: (document: Buffer) => void): number {
  let count = 0;
  for (let position = 0; position < bytes.length; count++) {
    // Type, then the index as text, which ends in a zero.
    const start = isArray ? bytes.indexOf(0, position + 1) + 1 : position;
    const end = start + bytes.readInt32LE(start);
    const isSound = start >= position && end - start >= MIN_BYTES && end <= bytes.length;
    if (!isSound) throw new RangeError("A document has an impossible length.");
    visit?.(bytes.subarray(start, end));
    position = end;
  }
  return count;
}
