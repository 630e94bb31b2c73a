import { expect, test } from "vitest";
import { Screen } from "../../../../test/support/screen.ts";
import { fit } from "../../src/render/fit.ts";
import { table } from "../../src/render/table.ts";
import { NO_COLORS } from "../../src/render/text.ts";

/** As terminals show them that know graphemes: Windows Terminal, iTerm2, kitty and others. */
const NAMES = [
  "plain",
  "監査記録の保管場所",
  "한국어 저장소",
  "ｆｕｌｌｗｉｄｔｈ",
  "☁️ cloud",
  "⚠️",
  "👩‍💻 team",
  "🇩🇪 Bonn",
  "👍🏽",
  "cafe\u0301",
] as const;

const HEADER = ["store", "accepted", "written", "duplicate", "dead-lettered", "spooled"] as const;

/** What a terminal of 80 columns makes of lines. */
async function shown(lines: readonly string[]): Promise<Screen> {
  const screen = new Screen(80, 60);
  screen.write(lines.join("\r\n"));
  await screen.settled();
  return screen;
}

test("columns are aligned behind wide characters, and no line is broken at 80 columns", async () => {
  const rows = NAMES.map((name) => [name, 12_345, 12_345, 0, 0, 7]);
  const lines = table(HEADER, rows, { ...NO_COLORS, columns: 80 });
  const screen = await shown(lines);
  expect(screen.broken()).toEqual([]);
  expect(new Set(lines.map((_, at) => screen.endOf(at))).size).toBe(1);
});

test("a wide name that leaves no room for the numbers stands above them", async () => {
  const long = "監査記録の保管場所☁️監査記録の保管場所";
  const screen = await shown(table(HEADER, [[long, 1, 1, 0, 0, 0]], { ...NO_COLORS, columns: 80 }));
  expect(screen.broken()).toEqual([]);
  expect(screen.lines()).toContain(long);
});

test("a text with wide words is broken between them", async () => {
  const text = `${NAMES.join(" ")} `.repeat(6).trim();
  const screen = await shown(fit(text, 80).split("\n"));
  expect(screen.broken()).toEqual([]);
});
