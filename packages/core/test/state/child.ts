// A process that uses a journal, for tests that run several at once, trace them and kill them. It says what it did.
import { createInterface } from "node:readline";
import { Claim } from "../../src/state/claim.ts";
import { JournalDb } from "../../src/state/journal-db.ts";
import { LettersDb } from "../../src/state/letters-db.ts";
import { blockOf, deadLetterOf, NO_LIMITS } from "./support.ts";

const say = (text: string): boolean => process.stdout.write(`${text}\n`);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const [path = "", ...steps] = process.argv.slice(2);
let journal: JournalDb | undefined;
let next = 0;

try {
  for (const step of steps) {
    const [verb, count, bytes] = step.split(" ");
    if (verb === "claim") Claim.take(path, { unsafe: false }).tell({ pid: process.pid });
    else if (verb === "create") journal = JournalDb.create(path, { meta: { run: "r1" }, lanes: 1 }, { unsafe: false });
    else if (verb === "open") {
      journal = JournalDb.open(path, { unsafe: false });
      next = journal.state().blocks.at(-1)?.first ?? -10;
      next += 10;
    } else if (verb === "commit") {
      for (let n = 0; n < Number(count); n += 1) {
        journal?.commit({ blocks: [blockOf(next, 10, Number(bytes))] });
        next += 10;
        say(`committed ${next}`);
      }
    } else if (verb === "settle") {
      journal?.commit({ lanes: [{ lane: 0, low: Number(count), ranges: [], counts: null }] });
    } else if (verb === "close") journal?.close();
    else if (verb === "remove") journal?.remove();
    else if (verb === "wait") {
      say("waiting");
      await lines.next();
      continue;
    } else if (verb === "letters") {
      // Opened anew each time, as every process does it once.
      for (let n = 0; n < Number(count); n += 1) {
        const letters = LettersDb.open(path, { unsafe: false });
        letters.addLetters([deadLetterOf({ run: String(process.pid), place: n })], NO_LIMITS);
        letters.close();
      }
    }
    say(`${verb} ok`);
  }
} catch (error) {
  const { reason, message } = error as { reason?: string; message: string };
  say(`refused ${reason} ${message}`);
  // What was open stays so until the test has seen it.
  if (steps.includes("wait")) await lines.next();
}
process.stdin.destroy();
