/** A media range of an Accept header, such as `text/*;q=0.5`. */
interface Range {
  type: string;
  quality: number;
}

/**
 * How much a client wants a media type, by its Accept header (RFC 9110, 12.5.1): the most specific range that
 * fits decides, and a type without a range is not wanted.
 * @param accept the header; without it, every type is wanted
 * @param type such as `text/csv`
 * @returns from 0, not at all, to 1
 */
export function qualityOf(accept: string | undefined, type: string): number {
  if (accept === undefined || accept.trim() === "") return 1;
  const ranges = accept.split(",").map(readRange);
  const [main = ""] = type.split("/");
  for (const wanted of [type, `${main}/*`, "*/*"]) {
    const fitting = ranges.filter((range) => range.type === wanted);
    if (fitting.length > 0) return Math.max(...fitting.map(({ quality }) => quality));
  }
  return 0;
}

/** Parameters other than `q` are ignored: we give each type in one form only. */
function readRange(text: string): Range {
  const [type = "", ...parameters] = text.split(";").map((part) => part.trim().toLowerCase());
  const [, digits] = parameters.map((each) => /^q\s*=\s*"?([\d.]+)/.exec(each)).find(Boolean) ?? [];
  const quality = digits === undefined ? 1 : Number(digits);
  return { type, quality: Number.isNaN(quality) ? 1 : quality };
}
