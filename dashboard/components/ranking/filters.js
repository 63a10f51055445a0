// Which models a view lists: the filters of the address, as the service understands them.

/** @typedef {import("./scores.js").Pool} Pool */

export const NONE = "none";
export const OPEN_FIELDS = ["backbone", "lineage", "source_library"];
export const CHOICE_FIELDS = [
  "architecture", "training", "recipe", "head", "pretraining_data", ...OPEN_FIELDS, "commercial_use", "flag",
];

/**
 * As searches compare text: Python's casefold, composed letters.
 * @param {string} text
 */
export function searchable(text) {
  const folded = [...text.normalize("NFC")].map((letter) =>
    letter === "ı" ? letter : letter.toUpperCase().toLowerCase(),
  );
  return folded.join("").replaceAll("ς", "σ").normalize("NFC");
}

/** @param {string} text */
const withoutSpaces = (text) => text.split(",").map((part) => part.trim()).join(",");

/**
 * The values that a model has in a field.
 * @param {Pool} pool
 * @param {string} field
 * @param {number} row
 * @returns {string[]}
 */
export function valuesOf(pool, field, row) {
  if (field === "flag") return pool.flags[row].length ? pool.flags[row] : [NONE];
  return [pool.identities[field][row] || NONE];
}

/**
 * The values that a filter's text names; some names hold a comma, so that the longest run that is a name counts.
 * @param {Pool} pool
 * @param {string} field
 * @param {string} text
 * @returns {Set<string>}
 */
export function namedValues(pool, field, text) {
  const parts = text.split(",").map((part) => part.trim()).filter(Boolean);
  if (!OPEN_FIELDS.includes(field)) return new Set(parts);
  const spellings = new Map(
    [...pool.identities[field], NONE].map((value) => [withoutSpaces(value || NONE), value || NONE]),
  );
  /** @type {Set<string>} */
  const named = new Set();
  for (let start = 0; start < parts.length; ) {
    let length = parts.length - start;
    while (length > 1 && !spellings.has(parts.slice(start, start + length).join(","))) length--;
    const found = spellings.get(parts.slice(start, start + length).join(","));
    if (found !== undefined) named.add(found);
    start += length;
  }
  return named;
}

/**
 * One byte per row, 1 where the model passes; null where nothing is filtered.
 * @param {Pool} pool
 * @param {Record<string, string>} filters by the names of the address
 * @param {Float64Array} score
 * @param {string} [except] a field whose choice does not count
 * @returns {Uint8Array | null}
 */
export function maskOf(pool, filters, score, except) {
  const names = Object.keys(filters).filter((name) => name !== except);
  if (!names.length) return null;
  const mask = new Uint8Array(pool.size).fill(1);
  for (const name of names) {
    const passes = testOf(pool, name, filters[name], score);
    for (let row = 0; row < pool.size; row++) if (mask[row] && !passes(row)) mask[row] = 0;
  }
  return mask;
}

/**
 * @param {Pool} pool
 * @param {string} name
 * @param {string} text
 * @param {Float64Array} score
 * @returns {(row: number) => boolean}
 */
function testOf(pool, name, text, score) {
  if (name === "q") {
    const words = searchable(text).split(/\s+/).filter(Boolean);
    return (row) => words.every((word) => pool.searched[row].includes(word));
  }
  const [key, bound] = [name.slice(0, -4), name.slice(-4)];
  if (bound === ".gte" || bound === ".lte") {
    const column = key === "score" ? score : pool.values[key];
    const limit = Number(text);
    return bound === ".gte" ? (row) => column[row] >= limit : (row) => column[row] <= limit;
  }
  const wanted = namedValues(pool, name, text);
  return (row) => valuesOf(pool, name, row).some((value) => wanted.has(value));
}

/**
 * How many models each value of a field would leave, the other filters staying as they are.
 * @param {Pool} pool
 * @param {string} field
 * @param {Record<string, string>} filters
 * @param {Float64Array} score
 * @returns {Map<string, number>}
 */
export function facetOf(pool, field, filters, score) {
  const mask = maskOf(pool, filters, score, field);
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (let row = 0; row < pool.size; row++) {
    const counted = mask && !mask[row] ? 0 : 1;
    for (const value of valuesOf(pool, field, row)) counts.set(value, (counts.get(value) ?? 0) + counted);
  }
  return counts;
}
