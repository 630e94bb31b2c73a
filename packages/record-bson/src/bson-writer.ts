/** Types of BSON. */
export const DOUBLE = 1;
export const STRING = 2;
export const OBJECT = 3;
export const ARRAY = 4;
export const BOOLEAN = 8;
export const NULL = 10;
export const INT32 = 16;
export const INT64 = 18;

/** Writes the parts of a BSON document into a buffer that has room for them. */
export class BsonWriter {
  target: Buffer = Buffer.alloc(0);
  /** Next byte to write. */
  to = 0;

  /** Leaves space for a length. @returns its position */
  length(): number {
    const start = this.to;
    this.to += 4;
    return start;
  }

  /** Ends the document or array whose length is at `start`. */
  endDocument(start: number): void {
    this.target[this.to++] = 0;
    this.#int32At(start, this.to - start);
  }

  /** Ends the string whose length is at `start`. */
  endString(start: number): void {
    this.target[this.to++] = 0;
    this.#int32At(start, this.to - start - 4);
  }

  string(text: string): void {
    const start = this.length();
    this.to += this.target.write(text, this.to);
    this.endString(start);
  }

  /** The key of an array's element. */
  index(index: number): void {
    if (index < 10) this.target[this.to++] = 0x30 + index;
    else this.to += this.target.write(String(index), this.to);
    this.target[this.to++] = 0;
  }

  int32(value: number): void {
    this.#int32At(this.to, value);
    this.to += 4;
  }

  int64(value: bigint): void {
    this.to = this.target.writeBigInt64LE(value, this.to);
  }

  double(value: number): void {
    this.to = this.target.writeDoubleLE(value, this.to);
  }

  /** Much faster than the method of Buffer. */
  #int32At(at: number, value: number): void {
    const { target } = this;
    target[at] = value;
    target[at + 1] = value >> 8;
    target[at + 2] = value >> 16;
    target[at + 3] = value >> 24;
  }
}
