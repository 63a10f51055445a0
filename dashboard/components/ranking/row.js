// One row of the table, and the headings above all of them.

import { button, element, plain, whole, write } from "./elements.js";
import { board, columnsOf, listOf } from "./store.js";

/** @typedef {import("./scores.js").Pool} Pool */
/** @typedef {import("./store.js").Result} Result */

/**
 * @typedef {object} Acts
 * @property {(id: string) => void} choose
 * @property {(id: string) => void} tick
 * @property {(node: HTMLElement, row: number, opener: HTMLElement) => void} explain
 */

/**
 * @typedef {object} Row
 * @property {HTMLElement} node
 * @property {number} at its place in the table
 * @property {() => void} tick show whether it is on the shortlist
 * @property {(result: Result, at: number, extent: number[]) => void} update
 */

/** @param {string} role @param {string} className @param {string} [text] */
function cell(role, className, text) {
  const node = element("div", className, text);
  node.setAttribute("role", role);
  return node;
}

/**
 * @param {Pool} pool
 * @param {number} row of the pool
 * @param {Acts} acts
 * @returns {Row}
 */
export function row(pool, row, acts) {
  const id = pool.ids[row];
  const node = cell("row", "row");
  const box = element("input");
  box.type = "checkbox";
  box.setAttribute("aria-label", `Put ${pool.names[row]} on the shortlist`);
  box.onclick = (event) => event.stopPropagation();
  box.onchange = () => acts.tick(id);
  const ticked = cell("cell", "tick");
  ticked.append(box);
  const rank = cell("cell", "rank");
  const place = element("span", "number");
  const move = element("span", "move");
  rank.append(place, move);
  const name = nameCell(pool, node, row, acts);
  const score = cell("cell", "score");
  const bar = stack(pool);
  node.append(ticked, rank, name.cell, score, bar.cell, ...columnsOf(pool).map((key) => valueCell(pool, row, key)));
  node.onclick = () => {
    // Somebody who marks a number to copy it does not mean to select the row.
    if (!String(window.getSelection())) acts.choose(id);
  };
  const tick = () => void (box.checked = listOf("models").includes(id));
  /** @type {Row["update"]} */
  const update = (result, at, extent) => {
    self.at = at;
    node.setAttribute("aria-rowindex", String(at + 2));
    tick();
    const selected = board.view.select === id;
    node.classList.toggle("selected", selected);
    name.model.setAttribute("aria-pressed", String(selected));
    const now = result.ranked.rank[row];
    write(place, now ? whole(now) : "–");
    moveMark(move, row, now);
    write(score, now ? plain(result.score[row], 2) : "–");
    bar.update(result, row, extent);
    if (board.moving) return;
    rank.title = now ? `Rank ${whole(result.overall[row])} of all ${whole(pool.size)} models` : "";
    const lacking = now ? "" : lackingText(pool, row);
    score.title = lacking ? `No score. ${lacking}` : plain(result.score[row], 4);
  };
  const self = { node, at: 0, tick, update };
  return self;
}

/** @param {HTMLElement} mark @param {number} row @param {number} now */
function moveMark(mark, row, now) {
  const before = board.ranksBefore?.[row] ?? 0;
  const gained = before && now ? before - now : 0;
  write(mark, gained ? `${gained > 0 ? "▴" : "▾"}${Math.abs(gained)}` : "");
  mark.className = gained > 0 ? "move up" : "move down";
  if (!board.moving) mark.title = gained ? `Rank ${before} before this move` : "";
}

/** @param {Pool} pool @param {number} row */
function lackingText(pool, row) {
  const { data } = board;
  return Object.entries(pool.missing[row])
    .map(([key, why]) => `${data.dimensions[key].label}: ${data.reasons[why] ?? why}`)
    .join("; ");
}

/** @param {Pool} pool @param {HTMLElement} node @param {number} row @param {Acts} acts */
function nameCell(pool, node, row, acts) {
  const name = cell("rowheader", "name");
  const model = button("model", pool.names[row], (event) => {
    event.stopPropagation();
    acts.choose(pool.ids[row]);
  });
  model.dataset.model = pool.ids[row];
  model.title = pool.names[row];
  model.dir = "auto";
  const line = element("span", "kind");
  const kinds = board.data.badges
    .flatMap((field) => pool.identities[field][row] || [])
    .filter((value) => value !== board.data.unknown)
    .map((value) => board.data.words[value] ?? value);
  const { refused } = board.data;
  if (pool.identities.commercial_use[row] === refused.value) kinds.push(refused.label);
  const shown = element("span", "badges", kinds.join(" · "));
  shown.title = `Licence of the weights: ${pool.identities.licence[row]}`;
  line.append(shown);
  if (pool.flags[row].length) {
    const texts = pool.flags[row].map((flag) => board.data.flags[flag]?.label ?? flag);
    const flag = button("flag", pool.flags[row].length > 1 ? `⚑ ${pool.flags[row].length}` : "⚑", (event) => {
      event.stopPropagation();
      acts.explain(node, row, flag);
    });
    flag.setAttribute("aria-label", `Flag: ${texts.join(", ")}. Why?`);
    flag.setAttribute("aria-expanded", "false");
    flag.title = texts.join(", ");
    line.append(flag);
  }
  name.append(model, line);
  return { cell: name, model };
}

/**
 * What a model's flags mean, and which values they touch.
 * @param {Pool} pool
 * @param {number} row
 */
export function reasonOf(pool, row) {
  const { data } = board;
  return pool.flags[row].map((flag) => {
    const touched = pool.keys.filter((key) => pool.flagged[row][key]?.includes(flag));
    const line = element("p");
    line.append(element("strong", "", `${data.flags[flag]?.label ?? flag}. `));
    const where = touched.map((key) => data.dimensions[key].label).join(", ");
    line.append(`${where ? `${where}: ` : ""}${data.flags[flag]?.meaning ?? ""}`);
    return line;
  });
}

/** @param {Pool} pool */
function stack(pool) {
  const bar = element("div", "bar");
  bar.setAttribute("role", "img");
  // One ground with all colours in it: an element for each segment would have the browser lay out nine of them a row.
  const drawn = element("i", "parts");
  const zero = element("i", "zero");
  bar.append(drawn, zero);
  const box = cell("cell", "stack");
  box.append(bar);
  let said = "";
  /** @param {Result} result @param {number} row @param {number[]} extent */
  const update = (result, row, extent) => {
    const parts = partsOf(pool, result, row);
    zero.style.left = `${(-extent[0] * 100) / (extent[1] - extent[0])}%`;
    drawn.style.backgroundImage = parts ? ground(parts, extent) : "none";
    // Words are read at rest.
    if (board.moving) return;
    const words = parts ? wordsOf(parts) : "No score";
    if (words === said) return;
    said = words;
    bar.setAttribute("aria-label", words);
    bar.title = words;
  };
  return { cell: box, update };
}

/**
 * What each dimension adds, in the order in which the bar stacks it; null without a score.
 * @param {Pool} pool
 * @param {Result} result
 * @param {number} row
 * @returns {[string, number][] | null}
 */
function partsOf(pool, result, row) {
  if (!(result.ranked.rank[row] > 0)) return null;
  const first = (board.view.sort ?? "").replace("-", "");
  /** @type {[string, number][]} */
  const parts = result.keys.map((key, at) => [key, pool.good[key][row] * result.shares[at]]);
  // What the table is sorted by stands at the line in every row, so that its segments can be compared.
  if (result.keys.includes(first)) parts.sort((a, b) => Number(b[0] === first) - Number(a[0] === first));
  return parts;
}

/**
 * The segments from left to right, as the stops of a gradient without any transition: what takes away is stacked to the
 * left of the line, what adds to the right.
 * @param {[string, number][]} parts
 * @param {number[]} extent
 */
function ground(parts, [low, high]) {
  const scale = 100 / (high - low);
  const down = parts.filter(([, part]) => part < 0).reverse();
  const up = parts.filter(([, part]) => part >= 0);
  let at = (down.reduce((sum, [, part]) => sum + part, 0) - low) * scale;
  let stops = `transparent 0 ${at.toFixed(2)}%`;
  for (const [key, part] of [...down, ...up]) {
    const end = at + Math.abs(part) * scale;
    stops += `, ${board.data.dimensions[key].colour} ${at.toFixed(2)}% ${end.toFixed(2)}%`;
    at = end;
  }
  return `linear-gradient(90deg, ${stops}, transparent ${at.toFixed(2)}% 100%)`;
}

/** @param {[string, number][]} parts */
function wordsOf(parts) {
  return parts
    .map(([key, part]) => `${board.data.dimensions[key].label} ${part < 0 ? "" : "+"}${plain(part, 2)}`)
    .join(", ");
}

/** @param {Pool} pool @param {number} row @param {string} key */
function valueCell(pool, row, key) {
  const { data } = board;
  const dimension = data.dimensions[key];
  const value = pool.values[key][row];
  const node = cell("cell", "value");
  if (value !== value) {
    // What nobody measured beyond the study's dimensions comes without a reason.
    const why = pool.missing[row][key] ?? "not_measured";
    node.textContent = "–";
    node.title = `${dimension.label}: ${data.reasons[why] ?? why}`;
    return node;
  }
  node.textContent = plain(value, Math.min(dimension.decimals, value >= 100 ? 0 : 3));
  const doubts = pool.flagged[row][key];
  if (doubts) {
    node.classList.add("doubt");
    const labels = doubts.map((flag) => data.flags[flag]?.label ?? flag).join("; ");
    node.title = `${dimension.label} ${plain(value, dimension.decimals)}, flagged: ${labels}`;
    node.append(element("span", "unseen", `, flagged: ${labels}`));
    return node;
  }
  const standing = pool.percentiles[key][row] * 2 - 1;
  const strength = Math.round(42 * Math.abs(standing) ** 1.3);
  node.style.background = `color-mix(in srgb, ${standing > 0 ? data.good : data.bad} ${strength}%, transparent)`;
  const middle = Math.round(50 * (standing + 1));
  node.title = `${dimension.label} ${plain(value, dimension.decimals)}: mid-rank ${middle} of 100, where 100 is best`;
  return node;
}

/**
 * @param {Pool} pool
 * @param {HTMLElement} head
 * @param {(values: Record<string, string | null>) => void} change
 */
export function headings(pool, head, change) {
  const { data, view } = board;
  const sort = view.sort ?? "-score";
  const columns = columnsOf(pool);
  const drawn = [sort, board.scores, ...columns].join();
  if (head.dataset.drawn === drawn) return;
  const focused = head.querySelector("[data-sort]:focus")?.getAttribute("data-sort");
  head.dataset.drawn = drawn;
  const line = cell("row", "row headings");
  line.setAttribute("aria-rowindex", "1");
  const ticks = cell("columnheader", "tick", "");
  ticks.append(element("span", "unseen", "Shortlist"));
  line.append(ticks);
  const among = "Rank among the models that match the filters; ▴ ▾ since the last move";
  line.append(heading("rank", "Rank", "rank", among));
  line.append(heading("name", "Model", "name", "Name and kind; a click selects"));
  line.append(heading("score", "Score", "-score", "QUBA score: weighted mean of the standardised values"));
  const parts = cell("columnheader", "stack", "What each dimension adds or takes away");
  line.append(parts);
  for (const key of columns) {
    const dimension = data.dimensions[key];
    const text = `${dimension.short} ${dimension.higher ? "↑" : "↓"}`;
    const title = `${dimension.label} (${dimension.unit}, ${dimension.direction}). ${dimension.description}`;
    line.append(heading("value", text, dimension.higher ? `-${key}` : key, title));
  }
  head.replaceChildren(line);
  /** @type {HTMLElement | null} */
  const again = focused ? head.querySelector(`[data-sort="${focused}"]`) : null;
  again?.focus({ preventScroll: true });

  /** @param {string} className @param {string} text @param {string} first @param {string} title */
  function heading(className, text, first, title) {
    const bare = first.replace("-", "");
    const active = sort.replace("-", "") === bare;
    const node = cell("columnheader", className);
    const flipped = sort.startsWith("-") ? bare : `-${bare}`;
    const next = active ? flipped : first;
    const sortBy = () => change({ sort: next === "-score" ? null : next });
    const press = button(active ? "sort active" : "sort", text, sortBy);
    press.dataset.sort = bare;
    press.title = title;
    if (active) {
      node.setAttribute("aria-sort", sort.startsWith("-") ? "descending" : "ascending");
      press.append(element("span", "arrow", sort.startsWith("-") ? "▾" : "▴"));
    }
    node.append(press);
    return node;
  }
}
