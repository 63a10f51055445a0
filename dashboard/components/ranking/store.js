// What the board of this tab shows: one pool, one view, and what follows from both. The weights panel and the table are
// mounted apart and share this module, so that both follow a thumb in the same frame. Python learns of a change when
// the hand lets go, and stays the one owner of the view and of the address.

import { facetOf, maskOf } from "./filters.js";
import { reignsOf } from "./reigns.js";
import { orderOf, poolOf, rankedOf, scoresOf, sortedRows } from "./scores.js";

/** @typedef {import("./scores.js").Pool} Pool */
/** @typedef {import("./reigns.js").Reign} Reign */
/** @typedef {Record<string, string>} View texts by the names of the address, defaults left out */
/** @typedef {{stamp: string, values: Record<string, string | null>}} Change what Python hears */

/**
 * @typedef {object} Dimension
 * @property {string} label
 * @property {string} short
 * @property {string} theme
 * @property {string} unit
 * @property {boolean} higher whether larger values are better
 * @property {string} direction
 * @property {number} decimals
 * @property {string} description
 * @property {string} colour
 * @property {boolean} further whether it is beyond the study's, and counts for nothing until it is weighed
 */

/** @typedef {{name: string, label: string, options: {value: string, label: string}[]}} Field */

/**
 * What Python sends, as dashboard.components.board makes it.
 * @typedef {object} Data
 * @property {string} scores address of the values
 * @property {string} applied stamp of the last change that Python has taken over
 * @property {View} view
 * @property {string} preset the default one
 * @property {Record<string, {label: string, description: string, weights: Record<string, number>}>} presets
 * @property {Record<string, Dimension>} dimensions
 * @property {Record<string, string>} themes
 * @property {string[]} filters
 * @property {Field[]} fields
 * @property {string[]} badges
 * @property {{value: string, label: string}} refused the word for a licence that refuses commercial use, and its badge
 * @property {string} unknown the word for what is not known of a model
 * @property {Record<string, string>} words
 * @property {Record<string, {label: string, meaning: string}>} flags
 * @property {Record<string, string>} reasons why a value is missing
 * @property {string} good
 * @property {string} bad
 * @property {string} scripts
 */

/**
 * What Streamlit gives to a component.
 * @typedef {object} Component
 * @property {Data} data
 * @property {ParentNode} parentElement
 * @property {(name: string, value: Change) => void} setStateValue
 */

/**
 * What follows from pool and view.
 * @typedef {object} Result
 * @property {string[]} keys
 * @property {number[]} shares
 * @property {Float64Array} score
 * @property {Int32Array} order all rows, best first
 * @property {Int32Array} overall ranks among all
 * @property {import("./scores.js").Ranked} ranked those that pass the filters
 * @property {Int32Array} rows the same as the table sorts them
 * @property {Uint8Array | null} mask
 * @property {string} named the filters, as text
 * @property {Map<string, Map<string, number>>} facets
 * @property {Map<string, Reign[]>} reigns
 */

export const MOST_COMPARED = 6;
const EVERY_FRAME = 1000;

/** @type {Data} */
const NOTHING = {
  scripts: "", scores: "", applied: "", view: {}, preset: "", presets: {}, dimensions: {}, themes: {}, filters: [],
  fields: [], badges: [], refused: { value: "", label: "" }, unknown: "", words: {}, flags: {}, reasons: {},
  good: "", bad: "",
};

/** What is known of this tab; filled by `receive`. */
export const board = {
  /** @type {Pool | null} */
  pool: null,
  /** address that the values of the pool came from; `data.scores` once those of before have been replaced */
  scores: "",
  /** @type {Data} what Python last sent; nothing is drawn before */
  data: NOTHING,
  /** @type {View} */
  view: {},
  /** @type {Record<string, number>} */
  weights: {},
  /** @type {Result | null} */
  result: null,
  /** @type {Int32Array | null} ranks when the present move began */
  ranksBefore: null,
  /** how often the view was changed by somebody else than the board: a link, Back, a button of the page */
  adopted: 0,
  moving: false,
  failure: "",
};

/** @type {Set<() => void>} */
const listeners = new Set();
/** @type {Map<string, {root: Element, send: (values: Change) => void}>} by the part; it sends while on the page */
const senders = new Map();
/** @type {Record<string, string | null>} what Python has not confirmed */
let pending = {};
/** @type {Record<string, string | null>} what it was last told */
let sent = {};
let stamp = "";
let count = 0;
let asked = "";
let drawn = 0;

/**
 * Call back in each frame in which something has changed.
 * @param {() => void} listener
 */
export function listen(listener) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** @param {number} value */
export const numberText = (value) => String(Number(value.toPrecision(9)));

/** @param {string} name */
export const isFilter = (name) => board.data.filters.includes(name) || /\.(gte|lte)$/.test(name);

/** The filters in force. */
export const filtersOf = () => Object.fromEntries(Object.entries(board.view).filter(([name]) => isFilter(name)));

/** @param {string} name */
export const listOf = (name) => (board.view[name] ? board.view[name].split(",") : []);

/**
 * Take what Python sent. A view that is older than what the reader has done since is left aside.
 * @param {string} part
 * @param {Data} data
 * @param {string} base of the dashboard
 * @param {Element} root of the part
 * @param {(values: Change) => void} send
 */
export function receive(part, data, base, root, send) {
  senders.set(part, { root, send });
  if (data.applied === stamp) confirm();
  const settled = !Object.keys(pending).length && !board.moving;
  board.data = data;
  if (settled || !Object.keys(board.weights).length) {
    if (JSON.stringify(data.view) !== JSON.stringify(board.view)) board.adopted++;
    board.view = { ...data.view };
  }
  weigh();
  if (board.pool && !fits(board.pool)) board.result = null;
  fetchScores(data, base);
  redraw();
}

/** What was changed again since it was sent is not confirmed by the answer to before. */
function confirm() {
  for (const [name, text] of Object.entries(sent)) {
    if (pending[name] === text) delete pending[name];
  }
  sent = {};
}

function weigh() {
  const own = board.data.presets[board.view.preset ?? board.data.preset].weights;
  board.weights = Object.fromEntries(
    Object.keys(own).map((key) => [key, Number(board.view[`w.${key}`] ?? own[key])]),
  );
}

/** @param {Data} data @param {string} base */
async function fetchScores(data, base) {
  if (asked === data.scores) return;
  asked = data.scores;
  try {
    const answer = await fetch(new URL(data.scores, base));
    if (!answer.ok) throw new Error(`the values could not be fetched (${answer.status})`);
    const found = poolOf(await answer.json());
    if (asked !== data.scores) return;
    Object.assign(board, { pool: found, scores: asked, result: null, ranksBefore: null, failure: "" });
    document.documentElement.dataset.board = "alive";
  } catch (error) {
    asked = "";
    board.failure = String(error instanceof Error ? error.message : error);
    if (board.pool && !fits(board.pool)) board.pool = null;
    if (!board.pool) document.documentElement.dataset.board = "failed";
  }
  redraw();
}

/**
 * Whether the values are of the dimensions that the page is about: another benchmark may have others.
 * @param {Pool} pool
 */
function fits({ keys }) {
  const dimensions = Object.keys(board.data.dimensions);
  return keys.length === dimensions.length && keys.every((key) => dimensions.includes(key));
}

/**
 * The dimensions that the table has a column of: the study's, and those beyond it that are weighed or sorted by.
 * @param {Pool} pool
 */
export function columnsOf(pool) {
  const sorted = (board.view.sort ?? "").replace("-", "");
  return pool.keys.filter((key) => !board.data.dimensions[key].further || board.weights[key] > 0 || key === sorted);
}

/** Score, rank, filter and sort anew, and tell who draws it, in the next frame. */
export function redraw() {
  if (drawn) return;
  drawn = requestAnimationFrame(() => {
    drawn = 0;
    // Until the values of another benchmark come, what is drawn keeps standing.
    if (board.pool && !fits(board.pool)) return;
    if (board.pool) board.result = follow(board.pool);
    for (const listener of listeners) listener();
  });
}

/**
 * @param {Pool} pool
 * @returns {Result}
 */
function follow(pool) {
  const before = board.result;
  const filters = filtersOf();
  const scores = scoresOf(pool, board.weights);
  const { order, compared } = orderOf(pool, scores.score, before?.order);
  const overall = rankedOf(order, compared, null).rank;
  const named = JSON.stringify(filters);
  const kept = before?.named === named && !named.includes('"score.') ? before : null;
  const mask = kept ? kept.mask : maskOf(pool, filters, scores.score);
  const ranked = rankedOf(order, compared, mask);
  const rows = sortedRows(pool, ranked, scores.score, overall, board.view.sort ?? "-score");
  const facets = kept ? kept.facets : new Map();
  // Of very many models the ends of the stretches follow once the thumb rests.
  const stretched = board.moving && pool.size > EVERY_FRAME ? before?.reigns : null;
  return { ...scores, order, overall, ranked, rows, mask, named, facets, reigns: stretched ?? new Map() };
}

/**
 * Who leads at each weight of a dimension, among the models that pass the filters.
 * @param {string} key
 * @returns {Reign[]}
 */
export function reigns(key) {
  const { pool, result, weights } = board;
  if (!pool || !result) return [];
  const found = result.reigns.get(key) ?? reignsOf(pool, weights, key, result.mask);
  result.reigns.set(key, found);
  return found;
}

/**
 * How many models each value of a field would leave.
 * @param {string} field
 * @returns {Map<string, number>}
 */
export function facet(field) {
  const { pool, result } = board;
  if (!pool || !result) return new Map();
  const found = result.facets.get(field) ?? facetOf(pool, field, filtersOf(), result.score);
  result.facets.set(field, found);
  return found;
}

/** A hand begins to move something: from here on it is told who rises and who falls. */
export function beginMove() {
  if (board.moving) return;
  board.moving = true;
  board.ranksBefore = board.result?.ranked.rank ?? null;
}

/**
 * Change the view; null takes a name away. Python hears of it unless the hand is still moving.
 * @param {Record<string, string | null>} values
 * @param {{later?: boolean}} [when]
 */
export function change(values, { later = false } = {}) {
  for (const [name, text] of Object.entries(values)) {
    if (text === null || text === "") delete board.view[name];
    else board.view[name] = text;
  }
  Object.assign(pending, values);
  weigh();
  redraw();
  if (!later) send();
}

/** Tell Python what has changed since it last confirmed, once. */
export function send() {
  board.moving = false;
  if (!Object.keys(pending).length) return;
  stamp = `${performance.timeOrigin}.${++count}`;
  sent = { ...pending };
  // A part that has left the page, with the page or with its last row, would send to nobody.
  const present = [...senders.values()].find((each) => each.root.isConnected);
  present?.send({ stamp, values: { ...pending } });
  redraw();
}

/**
 * @param {Record<string, number>} weights some of them
 * @param {{later?: boolean}} [when]
 */
export function weight(weights, when) {
  const preset = board.data.presets[board.view.preset ?? board.data.preset].weights;
  /** @type {Record<string, string | null>} */
  const values = {};
  for (const [key, value] of Object.entries(weights)) {
    values[`w.${key}`] = Math.abs(value - preset[key]) < 1e-9 ? null : numberText(value);
  }
  change(values, when);
}

/**
 * Take the weights of a preset; locked ones stay.
 * @param {string} preset
 */
export function startFrom(preset) {
  beginMove();
  const locked = listOf("lock");
  const theirs = board.data.presets[preset].weights;
  /** @type {Record<string, string | null>} */
  const values = { preset: preset === board.data.preset ? null : preset };
  for (const key of Object.keys(board.weights)) {
    const same = Math.abs(board.weights[key] - theirs[key]) < 1e-9;
    values[`w.${key}`] = locked.includes(key) && !same ? numberText(board.weights[key]) : null;
  }
  change(values);
}

/**
 * Put a word into a list of the address, or take it out.
 * @param {string} name
 * @param {string} word
 */
export function toggle(name, word) {
  const words = listOf(name);
  const next = words.includes(word) ? words.filter((each) => each !== word) : [...words, word];
  change({ [name]: next.join(",") || null });
}
