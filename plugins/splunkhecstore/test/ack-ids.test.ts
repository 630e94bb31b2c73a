import { expect, test } from "vitest";
import { Random } from "../../../test/inputs/random.ts";
import { AckIds } from "../src/ack-ids.ts";

/** Posts at a time. */
const CONCURRENCY = 4;

interface Post {
  readonly id: number;
  /** What the server says of it reaches the client. */
  acknowledged: boolean;
}

interface Server {
  next: number;
  taken: Post[];
}

/**
 * Posts that are answered in any order, or not at all, by servers that are restarted now and then, and each count from
 * `base` again.
 * @returns how many acknowledgements counted at once, and how many of them were of another post
 */
function play(random: Random, base: number, count: number): { certain: number; wrong: number } {
  const ids = new AckIds();
  const open = new Map<number, Post>();
  const sum = { certain: 0, wrong: 0 };
  const servers = Array.from({ length: count }, (): Server => ({ next: base, taken: [] }));
  /** Posts without an answer. */
  const waiting = new Set<Post>();
  const steps = [
    function send() {
      if (waiting.size === CONCURRENCY) return;
      ids.sent();
      const server = random.pick(servers);
      const post = { id: server.next, acknowledged: false };
      server.next += 1;
      server.taken.push(post);
      waiting.add(post);
    },
    function answer() {
      if (waiting.size === 0 || random.once(8)) return;
      const post = random.pick([...waiting]);
      waiting.delete(post);
      ids.answered();
      // As the channel does: what is open then is in doubt.
      if (!ids.add(post.id) || open.has(post.id)) open.clear();
      if (!post.acknowledged) open.set(post.id, post);
    },
    function acknowledge() {
      const { taken } = random.pick(servers);
      const post = taken[random.below(taken.length)];
      const asked = post && open.get(post.id);
      if (!post || !asked || post.acknowledged) return;
      post.acknowledged = true;
      open.delete(post.id);
      if (!ids.isUnique(post.id)) return;
      sum.certain += 1;
      if (asked !== post) sum.wrong += 1;
    },
    function restart() {
      if (random.once(20)) Object.assign(random.pick(servers), { next: base, taken: [] });
    },
  ];
  for (let step = 0; step < 400; step += 1) random.pick(steps)();
  return sum;
}

test.each([
  [1, 0],
  [1, 1],
  [2, 0],
  [2, 1],
])("whatever %i servers that count from %i do, an id that is unique is of one post alone (HEC-31)", (servers, base) => {
  let certain = 0;
  for (let seed = 0; seed < 1_500; seed += 1) {
    const sum = play(new Random(seed), base, servers);
    expect(sum.wrong, `seed ${seed}`).toBe(0);
    certain += sum.certain;
  }
  expect(certain).toBeGreaterThan(300);
});

test("a server that counts for all its clients together is not believed at once (HEC-30)", () => {
  const ids = new AckIds();
  for (const id of [7, 8, 11]) {
    ids.sent();
    ids.answered();
    expect(ids.add(id)).toBe(true);
    expect(ids.isUnique(id)).toBe(false);
  }
});
