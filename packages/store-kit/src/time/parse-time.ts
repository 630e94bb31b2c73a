import { offsetMinutes, offsetOf } from "./time-zone.ts";

/** A point in time. */
export interface Instant {
  /** Milliseconds since the epoch. */
  readonly ms: number;
  /** Nanoseconds after it: 0 to 999,999. */
  readonly nanos: number;
}

/**
 * Reads a date, or a date and a time, in the forms that programs write. Without an offset it is UTC and not local,
 * since local time differs between machines.
 *
 * - ISO 8601 and RFC 3339; also with a space, slashes in the date, a comma in the seconds, up to nine digits after it,
 *   an offset without minutes, no separators (`20240404T120000Z`), no day, no time, AM and PM, the name of a time zone
 *   after the offset
 * - RFC 2822, 1123 and 850, the forms of `ctime`, of `date` and of the Apache log, `Nov 23, 2026 2:53 PM`
 *
 * These names of time zones are read, since RFC 2822 defines them: UT, GMT, EST, EDT, CST, CDT, MST, MDT, PST, PDT; and
 * UTC.
 *
 * @returns undefined if it is none of these, or not a date of the calendar
 */
export function parseTime(text: string): Instant | undefined {
  const usual = parseUsual(text);
  if (usual !== undefined || text.length > LONGEST) return usual;
  const trimmed = text.trim();
  return parseIso(trimmed) ?? parseNamed(trimmed);
}

/**
 * Longest time: all parts as names, with blanks around them. A longer text is not a time, and would make the patterns
 * slow.
 */
const LONGEST = 200;

const DASH = 0x2d;
const COLON = 0x3a;

/**
 * The usual form, `2026-11-23T14:53:14.5Z`, with `+02:00`, without an offset, or with a space: read without a pattern.
 */
function parseUsual(text: string): Instant | undefined {
  const between = text.charCodeAt(10);
  if (text.charCodeAt(4) !== DASH || text.charCodeAt(7) !== DASH || (between !== 0x54 && between !== 0x20))
    return undefined;
  if (text.charCodeAt(13) !== COLON || text.charCodeAt(16) !== COLON) return undefined;
  let at = 19;
  let fraction = 0;
  if (text.charCodeAt(at) === 0x2e) {
    let unit = 100_000_000;
    for (at++; isDigit(text.charCodeAt(at)); at++) {
      fraction += (text.charCodeAt(at) - 0x30) * unit;
      unit = unit > 1 ? unit / 10 : 0;
    }
  }
  const zone = text.charCodeAt(at);
  let offset: number | undefined = 0;
  if (at === text.length) at--;
  else if (zone !== 0x5a) {
    if ((zone !== 0x2b && zone !== DASH) || text.charCodeAt(at + 3) !== COLON) return undefined;
    offset = offsetMinutes(zone === DASH, twoDigits(text, at + 1), twoDigits(text, at + 4));
    at += 5;
  }
  if (at + 1 !== text.length) return undefined;
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const [month, day] = [twoDigits(text, 5), twoDigits(text, 8)];
  return instant(year, month, day, twoDigits(text, 11), twoDigits(text, 14), twoDigits(text, 17), fraction, offset);
}

const ISO_DATE = /^(\d{4})(?:([-/])(\d{1,2})(?:\2(\d{1,2}))?|(\d\d)(\d\d))(?=$|t|_|\s|(?<=^\d{8})\d{6})/iu;

/** With or without colons; the seconds and their fraction may be absent. */
const TIME = /^(?:t|_|\s+|)(\d{1,2})(:?)(\d\d)(?:\2(\d\d)(?:[.,](\d+))?)?(?!\d)(?:\s*([ap])\.?m\b\.?)?/iu;

function parseIso(text: string): Instant | undefined {
  const [whole, year, , month, day, shortMonth, shortDay] = ISO_DATE.exec(text) ?? [];
  if (whole === undefined) return undefined;
  return withTime([Number(year), Number(month ?? shortMonth), Number(day ?? shortDay ?? 1)], text.slice(whole.length));
}

/** `23 Nov 2026 …` with or without a day of the week in front; between the parts are spaces, dashes or slashes. */
const DAY_FIRST = /^(?:([a-z]{3,9}),?\s+)?(\d{1,2})[\s/-]+([a-z]{3,9})[\s/-]+(\d{4}|\d\d)(?!\d)(?::(?=\d)|,?)/iu;
/** `Nov 23, 2026 …`. */
const MONTH_FIRST = /^(?:([a-z]{3,9}),?\s+)?([a-z]{3,9})\.?\s+(\d{1,2})(?:,\s*|\s+)(\d{4})(?![\d:])(?:,|\s+at\b)?/iu;
/** `Mon Nov 23 14:53:14 UTC 2026`. */
const YEAR_LAST = /^(?:([a-z]{3,9}),?\s+)?([a-z]{3,9})\s+(\d{1,2})\s+(\d{1,2}:.*?)\s+(\d{4})$/iu;

function parseNamed(text: string): Instant | undefined {
  const [first, firstWeekday, firstDay, firstMonth = "", firstYear = ""] = DAY_FIRST.exec(text) ?? [];
  if (first !== undefined) {
    const date = [fullYear(firstYear), monthOf(firstMonth), Number(firstDay)] as const;
    return onWeekday(firstWeekday, date, text.slice(first.length).replace(/^(?=\d)/u, " "));
  }
  const [last, lastWeekday, lastMonth = "", lastDay, time, lastYear] = YEAR_LAST.exec(text) ?? [];
  if (last !== undefined) {
    return onWeekday(lastWeekday, [Number(lastYear), monthOf(lastMonth), Number(lastDay)], ` ${time}`);
  }
  const [whole, weekday, month = "", day, year] = MONTH_FIRST.exec(text) ?? [];
  if (whole === undefined) return undefined;
  return onWeekday(weekday, [Number(year), monthOf(month), Number(day)], text.slice(whole.length));
}

type Day = readonly [year: number, month: number, day: number];

/** Undefined if the word in front is not the day of the week of the date, since one of the two is wrong. */
function onWeekday(weekday: string | undefined, date: Day, rest: string): Instant | undefined {
  const time = withTime(date, rest);
  if (time === undefined || weekday === undefined) return time;
  const [year, month, day] = date;
  const name = WEEKDAYS[new Date(Date.UTC(year + 400, month - 1, day)).getUTCDay()];
  return name?.startsWith(weekday.toLowerCase()) ? time : undefined;
}

const WEEKDAYS: readonly string[] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/** The date with the time and the offset in `rest`. */
function withTime(date: Day, rest: string): Instant | undefined {
  if (rest === "") return instant(...date, 0, 0, 0, 0, 0);
  const [whole, hour, , minute, second = "0", fraction = "", half] = TIME.exec(rest) ?? [];
  if (whole === undefined) return undefined;
  const hours = half === undefined ? Number(hour) : halfDay(Number(hour), half.toLowerCase() === "p");
  const offset = offsetOf(rest.slice(whole.length).trim());
  return instant(...date, hours, Number(minute), Number(second), Number(fraction.slice(0, 9).padEnd(9, "0")), offset);
}

/** On a clock with twelve hours. */
function halfDay(hour: number, isAfternoon: boolean): number {
  return hour >= 1 && hour <= 12 ? (hour % 12) + (isAfternoon ? 12 : 0) : Number.NaN;
}

const MONTHS = ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october"];
const ALL_MONTHS: readonly string[] = [...MONTHS, "november", "december"];

/** Reads the English name, or at least three letters of it; NaN for anything else. */
function monthOf(name: string): number {
  return ALL_MONTHS.findIndex((month) => month.startsWith(name.toLowerCase())) + 1 || Number.NaN;
}

/** RFC 2822 defines the century of a year of two digits. */
function fullYear(year: string): number {
  return year.length > 2 ? Number(year) : Number(year) + (Number(year) < 50 ? 2000 : 1900);
}

/**
 * Undefined if a part is out of its bounds, or not a number. A leap second such as `23:59:60` becomes the next second.
 */
function instant(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  fraction: number,
  offset: number | undefined,
): Instant | undefined {
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month))) return undefined;
  const isMidnight = hour === 24 && minute === 0 && second === 0 && fraction === 0;
  if (!((hour <= 23 || isMidnight) && minute <= 59 && second <= 60) || offset === undefined) return undefined;
  // Date.UTC adds 1900 to a year below 100; 400 years later the calendar is the same.
  const ms = Date.UTC(year + 400, month - 1, day, hour, minute - offset, second) - MS_IN_400_YEARS;
  return { ms: ms + Math.floor(fraction / 1_000_000), nanos: fraction % 1_000_000 };
}

const MS_IN_400_YEARS = 146_097 * 86_400_000;

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** NaN if they are not digits. */
function twoDigits(text: string, at: number): number {
  const [tens, ones] = [text.charCodeAt(at), text.charCodeAt(at + 1)];
  return isDigit(tens) && isDigit(ones) ? (tens - 0x30) * 10 + ones - 0x30 : Number.NaN;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
