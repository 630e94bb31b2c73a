import { fit, widthOf } from "./fit.ts";
import { grouped, plain, type Colors } from "./text.ts";

/** Columns that a text needs to be readable beside others. */
const READABLE = 24;

/** Indentation of a text below its row. */
const BELOW = "    ";

interface Column {
  readonly title: string;
  readonly cells: readonly string[];
  readonly width: number;
  readonly isNumber: boolean;
}

/**
 * Aligned columns, two spaces apart; numbers to the right. Where the terminal is too narrow, a text at the end of a row
 * is broken, or stands below it, and long ones of another column above it; else each cell has a line of its own.
 * @param header titles; none for facts, such as `run` and its id
 */
export function table(
  header: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  colors: Colors,
): string[] {
  const { columns: room = Infinity, dim } = colors;
  const all = (rows[0] ?? header).map((_, index) => {
    const cells = rows.map((row) => row[index] ?? "");
    const isNumber = cells.length > 0 && cells.every((cell) => typeof cell === "number");
    const texts = cells.map((cell) => (typeof cell === "number" ? grouped(cell) : plain(cell)));
    return columnOf(header[index] ?? "", texts, isNumber);
  });
  const titles = (columns: readonly Column[]): string[] =>
    header.length === 0 ? [] : [dim(joined(columns, ({ title }) => title))];
  const aligned = (columns: readonly Column[]): string[] => [
    ...titles(columns),
    ...rows.map((_, index) => rowOf(columns, index)),
  ];

  const last = all.at(-1);
  if (!last || widthOfAll(all) <= room) return aligned(all);
  const others = last.isNumber ? all : all.slice(0, -1);
  const before = widthOfAll(others) + 2;
  if (!last.isNumber && (room - before >= READABLE || header.length === 0)) {
    const cells = last.cells.map((cell) => broken(cell, room - before, " ".repeat(before)));
    return aligned([...others, { ...last, cells, width: 0 }]);
  }

  const at = others.findIndex(({ isNumber }) => !isNumber);
  const label = others[at];
  const wide = label ? room - widthOfAll(others) + label.width : 0;
  if (!label || wide < widthOf(label.title)) return stacked(header, all, colors);
  const isLong = (index: number): boolean => widthOf(label.cells[index] ?? "") > wide;
  const short = columnOf(
    label.title,
    label.cells.map((cell, index) => (isLong(index) ? "" : cell)),
    false,
  );
  const shown = others.with(at, short);
  const offset = " ".repeat(widthOfAll(others.slice(0, at + 1)) - label.width);
  return [
    ...titles(shown),
    ...rows.flatMap((_, index) => {
      const text = last.isNumber ? "" : (last.cells[index] ?? "");
      return [
        ...(isLong(index) ? [offset + (label.cells[index] ?? "")] : []),
        rowOf(shown, index),
        ...(text === "" ? [] : [BELOW + broken(text, room - BELOW.length, BELOW)]),
      ];
    }),
  ];
}

/** Each row as a table of its own: a line for each cell, with its title. */
function stacked(header: readonly string[], columns: readonly Column[], colors: Colors): string[] {
  const rows = columns[0]?.cells ?? [];
  return rows.flatMap((_, index) => {
    const facts = columns.map(({ cells }, at) => [header[at] ?? "", cells[index] ?? ""]);
    return [
      ...(index === 0 ? [] : [""]),
      ...table(
        [],
        facts.filter(([, cell]) => cell !== ""),
        colors,
      ),
    ];
  });
}

function columnOf(title: string, cells: readonly string[], isNumber: boolean): Column {
  return { title, cells, isNumber, width: Math.max(widthOf(title), ...cells.map(widthOf)) };
}

function widthOfAll(columns: readonly Column[]): number {
  return columns.reduce((sum, { width }) => sum + width, 2 * (columns.length - 1));
}

function rowOf(columns: readonly Column[], index: number): string {
  return joined(columns, ({ cells }) => cells[index] ?? "");
}

function joined(columns: readonly Column[], cellOf: (column: Column) => string): string {
  const cells = columns.map((column) => {
    const cell = cellOf(column);
    const blank = " ".repeat(Math.max(0, column.width - widthOf(cell)));
    return column.isNumber ? blank + cell : cell + blank;
  });
  return cells.join("  ").trimEnd();
}

/** The text in lines of so many columns, with this before each but the first. */
function broken(text: string, columns: number, before: string): string {
  return fit(text, columns).replaceAll(/\n */gu, `\n${before}`);
}
