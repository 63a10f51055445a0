// At which weight of one dimension the leader changes: in closed form, since scores are lines in a single weight.
// The same as quba.deciding.break_points, so that the ticks on a slider can move with the thumb of another one.

/** @typedef {import("./scores.js").Pool} Pool */
/**
 * @typedef {object} Reign
 * @property {number} low
 * @property {number} high infinite for the last stretch
 * @property {number} leader row of the pool
 */

/**
 * @param {Pool} pool
 * @param {Record<string, number>} weights that of `key` itself does not matter
 * @param {string} key
 * @param {Uint8Array | null} mask who takes part
 * @returns {Reign[]}
 */
export function reignsOf(pool, weights, key, mask) {
  const others = pool.keys.filter((name) => name !== key && weights[name] > 0);
  const slope = pool.good[key];
  const columns = others.map((name) => pool.good[name]);
  const factors = others.map((name) => weights[name]);
  const height = new Float64Array(pool.size);
  /** @type {number[]} */
  const rows = [];
  for (let row = 0; row < pool.size; row++) {
    if (mask && !mask[row]) continue;
    let sum = 0;
    for (let place = 0; place < columns.length; place++) sum += columns[place][row] * factors[place];
    height[row] = sum;
    if (sum === sum && slope[row] === slope[row]) rows.push(row);
  }
  return envelope(rows, height, slope);
}

/**
 * The highest of the lines `height + t slope` for every t from 0 on.
 * @param {number[]} rows
 * @param {Float64Array} height
 * @param {Float64Array} slope
 * @returns {Reign[]}
 */
function envelope(rows, height, slope) {
  if (!rows.length) return [];
  /** @type {Reign[]} */
  const found = [];
  let leader = rows[0];
  for (const row of rows) {
    if (height[row] > height[leader] || (height[row] === height[leader] && slope[row] > slope[leader])) leader = row;
  }
  for (let low = 0; ; ) {
    let next = -1;
    let nearest = Infinity;
    for (const row of rows) {
      if (!(slope[row] > slope[leader])) continue;
      const crossing = (height[leader] - height[row]) / (slope[row] - slope[leader]);
      // Where several lines cross the leader at once, the steepest leads on.
      if (next < 0 || crossing < nearest || (crossing === nearest && slope[row] > slope[next])) {
        [next, nearest] = [row, crossing];
      }
    }
    const high = next < 0 ? Infinity : Math.max(low, nearest);
    found.push({ low, high, leader });
    if (high === Infinity) return found;
    [low, leader] = [high, next];
  }
}
