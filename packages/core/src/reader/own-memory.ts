const SMALLEST_BYTES = 64 * 1024;

/** A record of at least this size determines the memory use. */
const HUGE_BYTES = 2 * 1024 * 1024;

/** Additional room for a huge record. Its unused part takes no physical memory. */
const HUGE_ROOM_BYTES = 64 * 1024 * 1024;

/** Memory that grew beyond this for one huge record is released afterwards. */
export const KEEP_BYTES: number = 2 * HUGE_BYTES;

/**
 * A buffer for `bytes` and more to come: twice the size, or for a huge record the largest size at once. Growth through
 * buffers of 4, 8, 16 and 32 MB would leave memory that the system's allocator cannot reuse.
 */
export function roomFor(bytes: number): Buffer {
  const room = bytes < HUGE_BYTES ? Math.max(2 * bytes, SMALLEST_BYTES) : bytes + HUGE_ROOM_BYTES;
  return Buffer.allocUnsafeSlow(room);
}

/**
 * Releases the memory of a buffer at once. The garbage collector would keep the large buffers of one growing record
 * together. The buffer is empty afterwards, so no slice of it may be in use.
 */
export function release(buffer: Buffer): void {
  if (buffer.length > 0) (buffer.buffer as ArrayBuffer).transfer(0);
}
