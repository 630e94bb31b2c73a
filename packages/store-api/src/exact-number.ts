/**
 * Whether a JavaScript number equals the JSON literal that it was read from. This is always so for up to 15 significant
 * digits, within the range of normal numbers.
 */
export function isExactNumber(literal: string, value: number): boolean {
  const own = String(value);
  // JavaScript writes `1e+21`; JSON may have `1E+21` and `1e21` as well.
  if (own === literal || own === literal.toLowerCase().replace(/e(?=\d)/, "e+")) return true;
  if (/[.]\d*$/.test(literal) && own === withoutZeros(literal).replace(/[.]$/, "")) return true;
  const digits = withoutZeros(
    literal
      .replace(/[eE].*$/, "")
      .replace(/[-.]/g, "")
      .replace(/^0+/, ""),
  );
  const size = Math.abs(value);
  return digits === "" || (digits.length <= 15 && size >= 2.2250738585072014e-308 && size < Number.POSITIVE_INFINITY);
}

/**
 * The text without zeros at its end. A pattern would start again at each zero in the middle, which takes minutes for a
 * megabyte of them.
 */
function withoutZeros(text: string): string {
  let end = text.length;
  while (text[end - 1] === "0") end--;
  return text.slice(0, end);
}
