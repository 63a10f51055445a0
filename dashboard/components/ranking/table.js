// The ranked table: only the rows in sight exist. Each is placed by its rank, so that a new order lets rows glide.

import { button, element, whole, write } from "./elements.js";
import { row as drawRow, headings, reasonOf } from "./row.js";
import { brackets } from "./tiers.js";
import { MOST_COMPARED, board, change, columnsOf, listOf, listen, receive, toggle } from "./store.js";

const OVERSCAN = 6;
const MOST_LEAVING = 16;
const GLIDE_MILLISECONDS = 320;
const GLIDE = { duration: 260, easing: "cubic-bezier(0.2, 0.7, 0.2, 1)" };

/** @typedef {import("./scores.js").Pool} Pool */
/** @typedef {import("./store.js").Result} Result */

/** @type {WeakSet<Element>} */
const mounted = new WeakSet();

/**
 * Streamlit calls this for each answer of Python; the table is made once.
 * @param {import("./store.js").Component} component
 * @param {string} base
 */
export function mount({ data, parentElement, setStateValue }, base) {
  const root = /** @type {HTMLElement} */ (parentElement.querySelector(".board"));
  if (!mounted.has(root)) table(root);
  mounted.add(root);
  receive("table", data, base, root, (values) => setStateValue("change", values));
}

/**
 * A place in sight or just outside, for a row that comes from further off or goes there; -1 is below.
 * @param {number} at
 * @param {number} first
 * @param {number} last
 */
const near = (at, first, last) => (at < 0 ? last + 3 : Math.max(first - 3, Math.min(last + 3, at)));

/** @param {HTMLElement} root */
function table(root) {
  const head = element("div", "head");
  const body = element("div", "body");
  const reason = element("div", "reason");
  const tray = element("div", "tray");
  const full = element("span", "full");
  const nothing = element("p", "nothing");
  const grid = element("div", "grid");
  const rows = element("div", "rows");
  const tiers = brackets();
  grid.setAttribute("role", "table");
  head.setAttribute("role", "rowgroup");
  body.setAttribute("role", "rowgroup");
  reason.setAttribute("role", "note");
  reason.hidden = tray.hidden = nothing.hidden = true;
  grid.setAttribute("aria-describedby", tiers.said.id);
  rows.append(tiers.node, body);
  grid.append(head, rows);
  root.replaceChildren(grid, tiers.said, nothing, tray);

  const phone = matchMedia("(max-width: 640px)");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  /** @type {Map<number, import("./row.js").Row>} by row of the pool */
  const shown = new Map();
  /** @type {HTMLElement[]} on their way out */
  let leaving = [];
  /** @type {Map<number, number>} the place of each row when it was last drawn */
  let places = new Map();
  let version = "";
  let settle = 0;
  let selected = board.view.select ?? "";
  let adopted = -1;
  /** @type {Result | null} */
  let lastResult = null;

  const height = () => (phone.matches ? 78 : 46);

  function says() {
    if (!board.failure) return "";
    const older = "The table still shows the values of before";
    const none = "The table below does not follow a slider";
    const now = board.pool ? older : none;
    return `The values of the live board are missing: ${board.failure}. ${now}; reload to try again.`;
  }

  /** @type {[number, number]} the places in sight, from the first one to before the last one */
  let seen = [0, 0];
  let measured = false;

  // To ask where something stands, after anything was written, makes the browser lay the page out at once. While a
  // thumb moves nothing but a scroll moves the table, so that it is not asked in each frame.
  function sight() {
    if (measured && board.moving) return seen;
    measured = true;
    const { top } = body.getBoundingClientRect();
    seen = [Math.max(0, Math.floor(-top / height())), Math.ceil((window.innerHeight - top) / height())];
    const sheet = document.querySelector(".st-key-selection");
    const bar = document.querySelector('[data-testid="stHeader"]');
    const heights = [bar, sheet].map((each) => (each instanceof HTMLElement ? each.offsetHeight : 0));
    root.style.setProperty("--top", `${heights[0]}px`);
    root.style.setProperty("--sheet", `${heights[1]}px`);
    return seen;
  }

  /** @param {Pool} pool @param {Result} result @param {number} first @param {number} last */
  function extentOf(pool, result, first, last) {
    let [low, high] = [0, 0.25];
    for (let place = first; place < last; place++) {
      let [up, down] = [0, 0];
      result.keys.forEach((key, at) => {
        const part = pool.good[key][result.rows[place]] * result.shares[at];
        if (part > 0) up += part;
        else if (part < 0) down += part;
      });
      [low, high] = [Math.min(low, down), Math.max(high, up)];
    }
    // In whole quarters, so that the scale changes seldom.
    return [Math.floor(low * 4) / 4, Math.ceil(high * 4) / 4];
  }

  function draw() {
    const { pool, result } = board;
    if (root.previousElementSibling instanceof HTMLElement) write(root.previousElementSibling, says());
    if (!pool || !result) return;
    const columns = columnsOf(pool);
    // A dimension beyond the study's has a column while it is weighed; rows are made with their cells.
    const now = [board.scores, ...columns].join();
    if (version !== now) {
      for (const { node } of shown.values()) node.remove();
      for (const node of leaving) node.remove();
      shown.clear();
      [leaving, version, places] = [[], now, new Map()];
    }
    const total = result.rows.length;
    root.style.setProperty("--dimensions", String(columns.length));
    body.style.height = `${total * height()}px`;
    grid.setAttribute("aria-rowcount", String(total + 1));
    grid.setAttribute("aria-label", `Ranking of ${whole(total)} of ${whole(pool.size)} models`);
    nothing.hidden = total > 0;
    write(nothing, "No model matches these filters.");
    const moved = lastResult !== result;
    const glide = moved && lastResult !== null && !calm.matches;
    lastResult = result;
    const [top, bottom] = sight();
    // Rows just outside spare a scroll its gaps; while a thumb moves there is none.
    const beyond = board.moving ? 1 : OVERSCAN;
    const [first, last] = [Math.max(0, top - beyond), Math.min(bottom + beyond, total)];
    const extent = extentOf(pool, result, first, last);
    headings(pool, head, change);
    place(pool, result, first, last, glide, extent);
    tiers.update(first, last, height());
    showTray(pool);
    if (moved) {
      clearTimeout(settle);
      settle = window.setTimeout(inOrder, GLIDE_MILLISECONDS + 80);
    }
    root.dataset.order = result.rows.length ? pool.ids[result.rows[0]] : "";
    followSelection(pool, result);
  }

  /**
   * @param {Pool} pool @param {Result} result @param {number} first @param {number} last @param {boolean} glide
   * @param {number[]} extent
   */
  function place(pool, result, first, last, glide, extent) {
    const size = height();
    /** @type {Map<number, number>} */
    const wanted = new Map();
    for (let at = first; at < last; at++) wanted.set(result.rows[at], at);
    body.classList.toggle("still", !glide);
    for (const [row, { node }] of shown) {
      if (wanted.has(row)) continue;
      shown.delete(row);
      if (glide) leaveSlowly(node, near(result.rows.indexOf(row), first, last) * size);
      else node.remove();
    }
    for (const [row, at] of wanted) {
      let drawn = shown.get(row);
      if (!drawn) {
        drawn = drawRow(pool, row, { choose, tick, explain });
        shown.set(row, drawn);
        body.append(drawn.node);
        if (glide) {
          const from = near(places.get(row) ?? -1, first, last);
          drawn.node.animate({ transform: [`translateY(${from * size}px)`, `translateY(${at * size}px)`] }, GLIDE);
        }
      }
      drawn.update(result, at, extent);
    }
    for (const { node, at } of shown.values()) node.style.transform = `translateY(${at * size}px)`;
    // Where rows came from matters for those near the window only.
    const { rows } = result;
    places = new Map();
    for (let at = Math.max(0, first - 400); at < Math.min(rows.length, last + 400); at++) places.set(rows[at], at);
  }

  /** @param {HTMLElement} node @param {number} top */
  function leaveSlowly(node, top) {
    node.style.transform = `translateY(${top}px)`;
    node.classList.remove("selected");
    node.setAttribute("aria-hidden", "true");
    node.inert = true;
    leaving.push(node);
    while (leaving.length > MOST_LEAVING) leaving.shift()?.remove();
  }

  // Readers and the Tab key follow the document's order, which is put right once the rows have come to rest.
  function inOrder() {
    for (const node of leaving) node.remove();
    leaving = [];
    const focused = body.querySelector(":focus");
    const nodes = [...shown.values()].sort((a, b) => a.at - b.at).map(({ node }) => node);
    if (nodes.every((node, at) => body.children[at] === node)) return;
    body.classList.add("still");
    body.append(...nodes);
    if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
  }

  /** @param {string} id */
  function choose(id) {
    selected = board.view.select === id ? "" : id;
    change({ select: selected || null });
  }

  /** @param {string} id */
  function tick(id) {
    const chosen = listOf("models");
    if (!chosen.includes(id) && chosen.length >= MOST_COMPARED) return redrawTicks();
    toggle("models", id);
  }

  function redrawTicks() {
    write(full, `At most ${MOST_COMPARED} models can be compared; remove one first.`);
    for (const drawn of shown.values()) drawn.tick();
  }

  /** @param {HTMLElement} node @param {number} row @param {HTMLElement} opener */
  function explain(node, row, opener) {
    const open = reason.parentElement === node && !reason.hidden;
    reason.parentElement?.classList.remove("open");
    for (const other of body.querySelectorAll(".flag")) other.setAttribute("aria-expanded", "false");
    reason.hidden = open;
    opener.setAttribute("aria-expanded", String(!open));
    if (open || !board.pool || !board.result) return;
    reason.replaceChildren(...reasonOf(board.pool, row));
    node.append(reason);
    node.classList.add("open");
  }

  /** @param {Pool} pool */
  function showTray(pool) {
    const chosen = listOf("models");
    tray.hidden = !chosen.length;
    const now = `${chosen.join()} ${board.scores}`;
    if (tray.dataset.drawn === now) return;
    tray.dataset.drawn = now;
    const names = chosen.map((id) => {
      const name = pool.names[pool.ids.indexOf(id)] ?? id;
      const remove = button("chosen", `${name} ×`, () => toggle("models", id));
      remove.setAttribute("aria-label", `Remove ${name} from the shortlist`);
      return remove;
    });
    const compare = button("compare", "Compare", () => change({ go: "compare" }));
    const clear = button("clear", "Clear", () => change({ models: null }));
    const title = element("strong", "", `Shortlist ${chosen.length} of ${MOST_COMPARED}`);
    write(full, "");
    tray.replaceChildren(title, ...names, full, compare, clear);
  }

  // A model that was chosen elsewhere, or has been moved by a change from elsewhere, is brought into sight.
  /** @param {Pool} pool @param {Result} result */
  function followSelection(pool, result) {
    const now = board.view.select ?? "";
    if (now === selected && adopted === board.adopted) return;
    adopted = board.adopted;
    const at = now ? result.rows.indexOf(pool.ids.indexOf(now)) : -1;
    selected = now;
    if (at < 0) return;
    const [first, end] = sight();
    if (at >= first && at < end - 1) return;
    const scroller = document.querySelector('[data-testid="stMain"]');
    const top = body.getBoundingClientRect().top + at * height() - window.innerHeight / 3;
    scroller?.scrollBy({ top });
  }

  const stop = listen(() => (root.isConnected ? draw() : end()));
  let waiting = 0;
  const scrolled = () => {
    measured = false;
    waiting ||= requestAnimationFrame(() => {
      waiting = 0;
      if (root.isConnected) draw();
      else end();
    });
  };
  document.addEventListener("scroll", scrolled, { capture: true, passive: true });
  window.addEventListener("resize", scrolled);

  function end() {
    stop();
    clearTimeout(settle);
    document.removeEventListener("scroll", scrolled, { capture: true });
    window.removeEventListener("resize", scrolled);
  }
}
