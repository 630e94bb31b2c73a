// `npm run bench`: each claim of speed and memory as a ratio against its floor, measured in the same run. Not a test:
// machines are noisy. `node run.ts [part of a name] [records]` measures some of the lines, or with fewer records.
import { hasData, realRecords } from "./data.ts";
import { hostLines } from "./host-lines.ts";
import { inputLines } from "./input-lines.ts";
import { FEW_PAIRS, PAIRS } from "./line.ts";
import {
  distanceLines,
  networkLines,
  networkMemoryLines,
  peerLines,
  startLines,
  togetherLines,
} from "./network-lines.ts";
import { spoolLines } from "./spool-lines.ts";

if (!hasData) {
  process.stdout.write("bench: the real sample data is not here; nothing to measure\n");
  process.exit(0);
}

const sizes = (["file", "network"] as const).map((sample) => {
  const bytes = realRecords(sample).map((record) => Buffer.byteLength(JSON.stringify(record)));
  return `${bytes.length} of ${(bytes.reduce((sum, size) => sum + size, 0) / bytes.length).toFixed(0)} bytes for ${sample}s`;
});
process.stdout.write(
  `Node ${process.versions.node}; real records, cycled: ${sizes.join(", ")}; medians of ${PAIRS} pairs, of ${FEW_PAIRS} where most is waiting\n`,
);

hostLines();
inputLines();
await startLines();
await networkLines();
await distanceLines();
await peerLines();
await togetherLines();
await networkMemoryLines();
await spoolLines();
