/**
 * Estimates the characters of a value's JSON text, without escapes. `JSON.stringify` cannot be used: it is recursive,
 * and fails for values that `JSON.parse` still reads.
 */
export function textSize(value: unknown): number {
  let size = 0;
  // The members that are still to be looked at, level by level: as many lists as the value nests deep.
  const open: { readonly members: readonly unknown[]; next: number }[] = [{ members: [value], next: 0 }];
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    if (top.next === top.members.length) {
      open.pop();
      continue;
    }
    const member = top.members[top.next++];
    if (typeof member !== "object" || member === null) {
      size += typeof member === "string" ? member.length + 2 : String(member).length;
    } else {
      const isList = Array.isArray(member);
      const members = isList ? (member as readonly unknown[]) : Object.values(member);
      // Brackets, and a comma between two.
      size += 1 + Math.max(1, members.length);
      // The quotes and the colon of a key.
      if (!isList) for (const key in member) size += key.length + 3;
      open.push({ members, next: 0 });
    }
  }
  return size;
}
