const SMALLEST_BYTES = 64 * 1024;

/** From here on one record takes the memory. */
const HUGE_BYTES = 2 * 1024 * 1024;

/** Room for the rest of a huge record, mostly. What is not used of it is no memory of the machine yet. */
const HUGE_ROOM_BYTES = 64 * 1024 * 1024;

/** Memory that grew beyond this for one huge record is given back afterwards. */
export const KEEP_BYTES: number = 2 * HUGE_BYTES;

/**
 * Memory for what has `bytes` and is to grow. Twice as much, but of a huge record all at once: in a row of buffers of 4, 8, 16 and 32 MB the allocator
 * of the system finds no place for the next (L-84).
 */
export function roomFor(bytes: number): Buffer {
  const room = bytes < HUGE_BYTES ? Math.max(2 * bytes, SMALLEST_BYTES) : bytes + HUGE_ROOM_BYTES;
  return Buffer.allocUnsafeSlow(room);
}

/**
 * Gives the memory of a buffer back at once. Left to the collector of garbage, the large buffers that one huge record outgrows are in use together
 * (L-84). The buffer is empty afterwards: nobody may keep a slice of it.
 */
export function release(buffer: Buffer): void {
  if (buffer.length > 0) (buffer.buffer as ArrayBuffer).transfer(0);
}
