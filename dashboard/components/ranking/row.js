// One row of the table, and the headings above all of them.

import { button, element, plain, write } from "./elements.js";
import { board, listOf } from "./store.js";

/** @typedef {{choose: (id: string) => void, tick: (id: string) => void, explain: (node: any, opener: HTMLElement) => void}} Acts */

/** @param {string} role @param {string} className @param {string} [text] */
function cell(role, className, text) {
  const node = element("div", className, text);
  node.setAttribute("role", role);
  return node;
}

/**
 * @param {number} row of the pool
 * @param {Acts} acts
 * @returns {any} its node, with `update(place, extent)`
 */
export function row(row, acts) {
  const pool = /** @type {any} */ (board.pool);
  const id = pool.ids[row];
  const node = cell("row", "row");
  const box = element("input");
  box.type = "checkbox";
  box.setAttribute("aria-label", `Put ${pool.names[row]} on the shortlist`);
  box.onclick = (/** @type {Event} */ event) => event.stopPropagation();
  box.onchange = () => acts.tick(id);
  const ticked = cell("cell", "tick");
  ticked.append(box);
  const rank = cell("cell", "rank");
  const place = element("span", "number");
  const move = element("span", "move");
  rank.append(place, move);
  const name = nameCell(node, row, acts);
  const score = cell("cell", "score");
  const bar = stack();
  node.append(ticked, rank, name, score, bar.cell, ...pool.keys.map((/** @type {string} */ key) => valueCell(row, key)));
  node.onclick = () => {
    // Somebody who marks a number to copy it does not mean to select the row.
    if (!String(window.getSelection())) acts.choose(id);
  };
  node.row = row;
  node.tick = () => (box.checked = listOf("models").includes(id));
  node.update = (/** @type {number} */ at, /** @type {number[]} */ extent) => {
    const { result } = board;
    node.at = at;
    node.setAttribute("aria-rowindex", String(at + 2));
    node.tick();
    const selected = board.view.select === id;
    node.classList.toggle("selected", selected);
    name.firstChild.setAttribute("aria-pressed", String(selected));
    const now = result.ranked.rank[row];
    write(place, now ? String(now) : "–");
    rank.title = now ? `Rank ${result.overall[row]} of all ${pool.size} models` : "";
    moveMark(move, row, now);
    const lacking = now ? "" : lackingText(row);
    write(score, now ? plain(result.score[row], 2) : "–");
    score.title = lacking ? `No score. ${lacking}` : plain(result.score[row], 4);
    bar.update(row, extent);
  };
  return node;
}

/** @param {any} mark @param {number} row @param {number} now */
function moveMark(mark, row, now) {
  const before = board.ranksBefore?.[row] ?? 0;
  const gained = before && now ? before - now : 0;
  write(mark, gained ? `${gained > 0 ? "▴" : "▾"}${Math.abs(gained)}` : "");
  mark.className = gained > 0 ? "move up" : "move down";
  mark.title = gained ? `Rank ${before} before this move` : "";
}

/** @param {number} row */
function lackingText(row) {
  const { data, pool } = board;
  return Object.entries(/** @type {any} */ (pool).missing[row])
    .map(([key, why]) => `${data.dimensions[key].label}: ${data.reasons[/** @type {string} */ (why)] ?? why}`)
    .join("; ");
}

/** @param {any} node @param {number} row @param {Acts} acts */
function nameCell(node, row, acts) {
  const pool = /** @type {any} */ (board.pool);
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
    .map((/** @type {string} */ field) => pool.identities[field][row])
    .filter(Boolean)
    .map((/** @type {string} */ value) => board.data.words[value] ?? value);
  line.append(element("span", "badges", kinds.join(" · ")));
  if (pool.flags[row].length) {
    const texts = pool.flags[row].map((/** @type {string} */ flag) => board.data.flags[flag]?.label ?? flag);
    const flag = button("flag", pool.flags[row].length > 1 ? `⚑ ${pool.flags[row].length}` : "⚑", (event) => {
      event.stopPropagation();
      acts.explain(node, flag);
    });
    flag.setAttribute("aria-label", `Flag: ${texts.join(", ")}. Why?`);
    flag.setAttribute("aria-expanded", "false");
    flag.title = texts.join(", ");
    line.append(flag);
  }
  name.append(model, line);
  return name;
}

/**
 * What a model's flags mean, and which values they touch.
 * @param {number} row
 */
export function reasonOf(row) {
  const { data, pool } = board;
  const own = /** @type {any} */ (pool);
  return own.flags[row].map((/** @type {string} */ flag) => {
    const touched = own.keys.filter((/** @type {string} */ key) => own.flagged[row][key]?.includes(flag));
    const line = element("p");
    line.append(element("strong", "", `${data.flags[flag]?.label ?? flag}. `));
    const where = touched.map((/** @type {string} */ key) => data.dimensions[key].label).join(", ");
    line.append(`${where ? `${where}: ` : ""}${data.flags[flag]?.meaning ?? ""}`);
    return line;
  });
}

function stack() {
  const pool = /** @type {any} */ (board.pool);
  const bar = element("div", "bar");
  bar.setAttribute("role", "img");
  /** @type {Record<string, HTMLElement>} */
  const segments = {};
  for (const key of pool.keys) {
    segments[key] = element("i");
    segments[key].style.background = board.data.dimensions[key].colour;
    bar.append(segments[key]);
  }
  const zero = element("i", "zero");
  bar.append(zero);
  const box = cell("cell", "stack");
  box.append(bar);
  return { cell: box, update: (/** @type {number} */ row, /** @type {number[]} */ extent) => fill(bar, segments, zero, row, extent) };
}

/** @param {any} bar @param {Record<string, HTMLElement>} segments @param {HTMLElement} zero @param {number} row @param {number[]} extent */
function fill(bar, segments, zero, row, [low, high]) {
  const { result, data } = board;
  const pool = /** @type {any} */ (board.pool);
  const scale = 100 / (high - low);
  const first = (board.view.sort ?? "").replace("-", "");
  /** @type {[string, number][]} */
  const parts = result.keys.map((/** @type {string} */ key, /** @type {number} */ at) => [key, pool.good[key][row] * result.shares[at]]);
  // What the table is sorted by stands at the line in every row, so that its segments can be compared.
  if (first in segments) parts.sort((a, b) => Number(b[0] === first) - Number(a[0] === first));
  let [up, down] = [0, 0];
  const scored = result.ranked.rank[row] > 0;
  for (const key in segments) if (!scored || !result.keys.includes(key)) segments[key].style.width = "0";
  zero.style.left = `${-low * scale}%`;
  if (!scored) return bar.setAttribute("aria-label", "No score");
  for (const [key, part] of parts) {
    const left = part >= 0 ? up : down + part;
    segments[key].style.left = `${((left - low) * scale).toFixed(2)}%`;
    segments[key].style.width = `${(Math.abs(part) * scale).toFixed(2)}%`;
    if (part >= 0) up += part;
    else down += part;
  }
  const text = parts.map(([key, part]) => `${data.dimensions[key].label} ${part < 0 ? "" : "+"}${plain(part, 2)}`).join(", ");
  bar.setAttribute("aria-label", text);
  bar.title = text;
}

/** @param {number} row @param {string} key */
function valueCell(row, key) {
  const { data } = board;
  const pool = /** @type {any} */ (board.pool);
  const dimension = data.dimensions[key];
  const value = pool.values[key][row];
  const node = cell("cell", "value");
  if (value !== value) {
    const why = pool.missing[row][key];
    node.textContent = "–";
    node.title = `${dimension.label}: ${data.reasons[why] ?? why ?? "no value"}`;
    return node;
  }
  node.textContent = plain(value, Math.min(dimension.decimals, value >= 100 ? 0 : 3));
  const doubts = pool.flagged[row][key];
  if (doubts) {
    node.classList.add("doubt");
    const labels = doubts.map((/** @type {string} */ flag) => data.flags[flag]?.label ?? flag).join("; ");
    node.title = `${dimension.label} ${plain(value, dimension.decimals)}, flagged: ${labels}`;
    node.append(element("span", "unseen", `, flagged: ${labels}`));
    return node;
  }
  const standing = pool.percentiles[key][row] * 2 - 1;
  const strength = Math.round(42 * Math.abs(standing) ** 1.3);
  node.style.background = `color-mix(in srgb, ${standing > 0 ? data.good : data.bad} ${strength}%, transparent)`;
  node.title = `${dimension.label} ${plain(value, dimension.decimals)}: mid-rank ${Math.round(50 * (standing + 1))} of 100, where 100 is best`;
  return node;
}

/**
 * @param {any} head
 * @param {(values: Record<string, string | null>) => void} change
 */
export function headings(head, change) {
  const { data, view } = board;
  const sort = view.sort ?? "-score";
  if (head.dataset.drawn === sort + data.scores) return;
  const focused = head.getRootNode().activeElement?.dataset?.sort;
  head.dataset.drawn = sort + data.scores;
  const line = cell("row", "row headings");
  line.setAttribute("aria-rowindex", "1");
  line.append(cell("columnheader", "tick", ""));
  line.firstChild.append(element("span", "unseen", "Shortlist"));
  line.append(heading("rank", "Rank", "rank", "Rank among the models that match the filters; ▴ ▾ since the last move"));
  line.append(heading("name", "Model", "name", "Name and kind; a click selects"));
  line.append(heading("score", "Score", "-score", "QUBA score: weighted mean of the standardised values"));
  const parts = cell("columnheader", "stack", "What each dimension adds or takes away");
  line.append(parts);
  for (const key of /** @type {any} */ (board.pool).keys) {
    const dimension = data.dimensions[key];
    const text = `${dimension.short} ${dimension.higher ? "↑" : "↓"}`;
    const title = `${dimension.label} (${dimension.unit}, ${dimension.direction}). ${dimension.description}`;
    line.append(heading("value", text, dimension.higher ? `-${key}` : key, title));
  }
  head.replaceChildren(line);
  if (focused) head.querySelector(`[data-sort="${focused}"]`)?.focus({ preventScroll: true });

  /** @param {string} className @param {string} text @param {string} first @param {string} title */
  function heading(className, text, first, title) {
    const bare = first.replace("-", "");
    const active = sort.replace("-", "") === bare;
    const node = cell("columnheader", className);
    const flipped = sort.startsWith("-") ? bare : `-${bare}`;
    const press = button(active ? "sort active" : "sort", text, () => change({ sort: (active ? flipped : first) === "-score" ? null : active ? flipped : first }));
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
