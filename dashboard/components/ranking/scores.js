// The arithmetic of a ranking, as the service does it: the same sums in the same order, so that a score, a rank and an
// order are the same here and there. Held to the service by tests/dashboard/components/ranking.

/**
 * One pool, as GET /v1/standardised-scores answers it, in arrays.
 * @typedef {object} Pool
 * @property {number} size
 * @property {string[]} keys the dimensions, in the order in which their parts are added
 * @property {string[]} ids
 * @property {string[]} names
 * @property {Record<string, (string | null)[]>} identities
 * @property {number[]} nameOrder
 * @property {string[]} searched
 * @property {Record<string, Float64Array>} values by dimension and cost; NaN where missing
 * @property {Record<string, Float64Array>} good standardised, larger is better; NaN where missing
 * @property {Record<string, Float64Array>} percentiles
 * @property {Record<string, string>[]} missing
 * @property {string[][]} flags
 * @property {Record<string, string[]>[]} flagged
 * @property {number} tieScale scores are compared as whole multiples of 1 / tieScale
 * @property {string} version
 */

/**
 * What the service answers, as JSON holds it.
 * @typedef {object} Answer
 * @property {string[]} model_ids
 * @property {string[]} dimensions
 * @property {Record<string, (string | null)[]> & {name: string[]}} identities
 * @property {number[]} name_order
 * @property {string[]} searched
 * @property {Record<string, (number | null)[]>} values
 * @property {Record<string, (number | null)[]>} costs
 * @property {Record<string, (number | null)[]>} standardised
 * @property {Record<string, (number | null)[]>} percentiles
 * @property {Record<string, string>[]} missing
 * @property {string[][]} flags
 * @property {Record<string, string[]>[]} flagged
 * @property {number} tie_tolerance
 * @property {string} data_version
 */

/**
 * @typedef {object} Scores
 * @property {string[]} keys the dimensions with a weight above 0
 * @property {number[]} shares of the weights, one per key
 * @property {Float64Array} score NaN where a value under a weight is missing
 */

/**
 * @typedef {object} Ranked
 * @property {Int32Array} rows the kept rows, best first, those without a score last
 * @property {Int32Array} rank competition rank among the kept rows by row of the pool; 0 without a score
 */

/** @param {(number | null)[]} column */
const numbers = (column) => Float64Array.from(column, (value) => value ?? NaN);

/**
 * @param {Record<string, (number | null)[]>} columns
 * @returns {Record<string, Float64Array>}
 */
const all = (columns) => Object.fromEntries(Object.entries(columns).map(([key, column]) => [key, numbers(column)]));

/**
 * @param {Answer} answer of GET /v1/standardised-scores
 * @returns {Pool}
 */
export function poolOf(answer) {
  return {
    size: answer.model_ids.length,
    keys: answer.dimensions,
    ids: answer.model_ids,
    names: answer.identities.name,
    identities: answer.identities,
    nameOrder: answer.name_order,
    searched: answer.searched,
    values: all({ ...answer.values, ...answer.costs }),
    good: all(answer.standardised),
    percentiles: all(answer.percentiles),
    missing: answer.missing,
    flags: answer.flags,
    flagged: answer.flagged,
    tieScale: Math.round(0.5 / answer.tie_tolerance),
    version: answer.data_version,
  };
}

/**
 * The sum rounded once, as Python's math.fsum gives it (Shewchuk 1997).
 * @param {number[]} values
 */
export function exactSum(values) {
  /** @type {number[]} */
  let partials = [];
  for (let x of values) {
    const next = [];
    for (let y of partials) {
      if (Math.abs(x) < Math.abs(y)) [x, y] = [y, x];
      const high = x + y;
      const low = y - (high - x);
      if (low) next.push(low);
      x = high;
    }
    partials = [...next, x];
  }
  let place = partials.length - 1;
  let [high, low] = [partials[place] ?? 0, 0];
  while (place > 0 && low === 0) {
    const before = high;
    const part = partials[--place];
    high = before + part;
    low = part - (high - before);
  }
  // Just between two numbers, what is left below decides.
  if (place > 0 && low * partials[place - 1] > 0 && high + 2 * low - high === 2 * low) return high + 2 * low;
  return high;
}

/**
 * @param {Pool} pool
 * @param {Record<string, number>} weights
 * @returns {Scores}
 */
export function scoresOf(pool, weights) {
  const keys = pool.keys.filter((key) => weights[key] > 0);
  const largest = Math.max(...keys.map((key) => weights[key]));
  const total = exactSum(keys.map((key) => weights[key] / largest));
  const shares = keys.map((key) => weights[key] / largest / total);
  const score = new Float64Array(pool.size).fill(keys.length ? 0 : NaN);
  keys.forEach((key, place) => {
    const column = pool.good[key];
    const share = shares[place];
    for (let row = 0; row < pool.size; row++) score[row] += column[row] * share;
  });
  return { keys, shares, score };
}

/**
 * Rounds to the nearest whole number, halves to the even one, as NumPy does.
 * @param {number} x
 */
function toWhole(x) {
  const up = Math.round(x);
  return up - x === 0.5 && up % 2 !== 0 ? up - 1 : up;
}

/**
 * @param {Pool} pool
 * @param {Float64Array} score
 * @param {ArrayLike<number>} [before] all rows in an earlier order: what is nearly sorted is sorted fast
 * @returns {{order: Int32Array, compared: Float64Array}} all rows, best first, and what scores are compared by
 */
export function orderOf(pool, score, before) {
  const compared = score.map((value) => toWhole(value * pool.tieScale));
  const rows = before ? Array.from(before) : Array.from({ length: pool.size }, (_, row) => row);
  const { nameOrder } = pool;
  rows.sort((a, b) => {
    const left = compared[a];
    const right = compared[b];
    if (left > right) return -1;
    if (left < right) return 1;
    if (left === right) return nameOrder[a] - nameOrder[b];
    // At least one has no score.
    const lacking = Number(left !== left) - Number(right !== right);
    return lacking || nameOrder[a] - nameOrder[b];
  });
  return { order: Int32Array.from(rows), compared };
}

/**
 * @param {Int32Array} order all rows, best first
 * @param {Float64Array} compared
 * @param {Uint8Array | null} mask the rows to keep; all without one
 * @returns {Ranked}
 */
export function rankedOf(order, compared, mask) {
  const rows = mask ? order.filter((row) => mask[row]) : order;
  const rank = new Int32Array(order.length);
  for (let place = 0; place < rows.length; place++) {
    const row = rows[place];
    if (compared[row] !== compared[row]) break;
    const tied = place > 0 && compared[rows[place - 1]] === compared[row];
    rank[row] = tied ? rank[rows[place - 1]] : place + 1;
  }
  return { rows, rank };
}

/**
 * The kept rows by a sort parameter of the address, missing values last in either direction.
 * @param {Pool} pool
 * @param {Ranked} ranked
 * @param {Float64Array} score
 * @param {Int32Array} overall
 * @param {string} sort
 * @returns {Int32Array}
 */
export function sortedRows(pool, ranked, score, overall, sort) {
  if (sort === "-score") return ranked.rows;
  const descending = sort.startsWith("-");
  const key = descending ? sort.slice(1) : sort;
  /** @type {(row: number) => number} */
  let at = (row) => pool.values[key][row];
  if (key === "score") at = (row) => score[row];
  if (key === "rank") at = (row) => overall[row] || NaN;
  if (key === "name") at = (row) => pool.nameOrder[row];
  const sign = descending ? -1 : 1;
  return Int32Array.from(
    Array.from(ranked.rows).sort((a, b) => {
      const left = at(a);
      const right = at(b);
      if (left === right) return 0;
      if (left !== left || right !== right) return Number(left !== left) - Number(right !== right);
      return left < right ? -sign : sign;
    }),
  );
}
