const SMALLEST_BYTES = 64 * 1024;

/** From here on one record takes the memory. */
const HUGE_BYTES = 2 * 1024 * 1024;

/** Additional room for a huge record. The part that is never used takes no physical memory. */
const HUGE_ROOM_BYTES = 64 * 1024 * 1024;

/** Memory that grew beyond this for one huge record is given back afterwards. */
export const KEEP_BYTES: number = 2 * HUGE_BYTES;

/**
 * A buffer for `bytes` that will grow: twice the size, or for a huge record the largest size at once. With a series of
 * buffers of 4, 8, 16 and 32 MB the allocator of the system could not reuse their memory (L-84).
 */
export function roomFor(bytes: number): Buffer {
  const room = bytes < HUGE_BYTES ? Math.max(2 * bytes, SMALLEST_BYTES) : bytes + HUGE_ROOM_BYTES;
  return Buffer.allocUnsafeSlow(room);
}

/**
 * Releases the memory of a buffer at once. The garbage collector would keep the large buffers of one growing record
 * together (L-84). The buffer is empty afterwards, so no slice of it may be in use.
 */
export function release(buffer: Buffer): void {
  if (buffer.length > 0) (buffer.buffer as ArrayBuffer).transfer(0);
}
