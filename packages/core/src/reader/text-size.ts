/**
 * Estimates the number of characters of a value's JSON text, without escapes. It does not use `JSON.stringify`, which
 * is recursive and fails for some deep values that `JSON.parse` can read.
 */
export function textSize(value: unknown): number {
  let size = 0;
  // The members that are still to be counted: one list for each level of nesting.
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
