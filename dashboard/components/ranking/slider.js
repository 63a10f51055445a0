// One weight: its slider, with the stretch in which the present leader leads as a band, and the weights at which
// another model takes over as ticks.

import { button, element, percent, plain, write } from "./elements.js";
import { beginMove, board, listOf, reigns, send, toggle, weight } from "./store.js";

const HIGHEST = 3;
const STEP = 0.05;
const MOST_TICKS = 12;
/** @type {Record<string, number>} */
const STEPS = {
  ArrowRight: STEP, ArrowUp: STEP, ArrowLeft: -STEP, ArrowDown: -STEP, PageUp: 10 * STEP, PageDown: -10 * STEP,
};

/** @param {(value: number) => void} move */
function range(move) {
  const input = element("input");
  input.type = "range";
  input.min = "0";
  input.step = String(STEP);
  input.addEventListener("pointerdown", beginMove);
  input.addEventListener("input", () => {
    beginMove();
    move(Number(input.value));
  });
  // At the end of a drag, and for each step of a key.
  input.addEventListener("change", () => {
    move(Number(input.value));
    send();
  });
  input.addEventListener("pointercancel", send);
  input.addEventListener("pointerup", () => queueMicrotask(send));
  return input;
}

/** A link may carry a weight beyond the scale; the scale then grows rather than cut the weight down. */
const highest = () => Math.max(HIGHEST, Math.ceil(Math.max(...Object.values(board.weights))));

/** @param {number} value where the middle of the thumb stands at it */
const position = (value) => `calc(var(--half) + ${Math.min(1, value / highest())} * (100% - 2 * var(--half)))`;

/**
 * The range keeps a value that lies between two steps, so that 1/3 is not told as 0.35.
 * @param {HTMLInputElement} input
 * @param {number} value
 */
function set(input, value) {
  const top = String(highest());
  if (input.max !== top) input.max = top;
  const between = Math.abs(value / STEP - Math.round(value / STEP)) > 1e-6;
  const step = between ? "any" : String(STEP);
  if (document.activeElement !== input && input.step !== step) input.step = step;
  if (Number(input.value) !== value) input.value = String(value);
  input.setAttribute("aria-valuetext", value.toFixed(2));
}

/**
 * @param {string} key
 * @param {boolean} member of a theme with others
 */
export function slider(key, member) {
  const dimension = board.data.dimensions[key];
  const node = element("div", member ? "weight member" : "weight");
  const line = element("div", "line");
  const dot = element("i", "dot");
  dot.style.background = dimension.colour;
  const label = element("span", "label", dimension.label);
  label.title = `${dimension.description} Unit: ${dimension.unit}.`;
  const arrow = element("span", "direction", dimension.higher ? "↑" : "↓");
  arrow.title = dimension.direction;
  const next = element("span", "next");
  const share = element("span", "share");
  const lock = button("lock", "", () => toggle("lock", key));
  const track = element("div", "track");
  const band = element("i", "band");
  const ticks = element("span", "ticks");
  const input = range((value) => weight({ [key]: value }, { later: true }));
  input.dataset.dimension = key;
  input.addEventListener("keydown", (event) => step(event, key));
  track.append(element("i", "rail"), band, ticks, input);
  line.append(dot, label, arrow, next, share, lock);
  node.append(line, track);
  let drawn = "";
  return {
    node,
    update() {
      const value = board.weights[key];
      const total = Object.values(board.weights).reduce((sum, each) => sum + each, 0);
      const locked = listOf("lock").includes(key);
      set(input, value);
      const part = percent(total ? value / total : 0);
      const label = [dimension.label, part, dimension.direction, ...(locked ? ["locked"] : [])];
      input.setAttribute("aria-label", label.join(" · "));
      input.title = `Weight ${plain(value, 2)}`;
      write(share, part);
      write(lock, locked ? "●" : "○");
      lock.setAttribute("aria-label", `Lock ${dimension.label}`);
      lock.setAttribute("aria-pressed", String(locked));
      const kept = "presets and resets leave this weight.";
      lock.title = locked ? `Locked: ${kept} Click to unlock.` : `Lock: ${kept}`;
      drawn = reign(key, value, band, ticks, next, drawn);
    },
  };
}

/**
 * Keys move from what the slider tells, in whole steps, also where a preset stands between two.
 * @param {KeyboardEvent} event
 * @param {string} key
 */
function step(event, key) {
  const by = STEPS[event.key];
  if (by === undefined) return;
  event.preventDefault();
  const from = board.weights[key];
  const next = by > 0 ? Math.floor(from / STEP + 1e-6) * STEP + by : Math.ceil(from / STEP - 1e-6) * STEP + by;
  beginMove();
  weight({ [key]: Math.min(highest(), Math.max(0, Math.round(next / STEP) * STEP)) });
}

/**
 * @param {string} key @param {number} value @param {HTMLElement} band @param {HTMLElement} ticks
 * @param {HTMLElement} next @param {string} drawn
 */
function reign(key, value, band, ticks, next, drawn) {
  const found = reigns(key);
  const top = highest();
  const own = found.find((each) => each.low <= value && value <= each.high);
  const inside = found.filter((each) => each.low > 0 && each.low <= top).slice(0, MOST_TICKS);
  const names = board.pool?.names ?? [];
  const nearest = own && nearestChange(found, own, value, top);
  const now = JSON.stringify([own, inside, top, board.scores]);
  if (now === drawn) return drawn;
  band.hidden = !own;
  if (own) {
    band.style.left = position(own.low);
    band.style.right = `calc(100% - (${position(Math.min(top, own.high)).slice(5, -1)}))`;
  }
  // Moved rather than made anew: another thumb moves those of all sliders in each frame.
  while (ticks.children.length > inside.length) ticks.lastChild?.remove();
  while (ticks.children.length < inside.length) ticks.append(element("i", "tick"));
  inside.forEach((each, place) => {
    const tick = /** @type {HTMLElement} */ (ticks.children[place]);
    tick.style.left = position(each.low);
    tick.title = `From ${plain(each.low, 2)} on ${names[each.leader]} leads`;
  });
  write(next, nearest ? `${nearest.sign} ${plain(nearest.at, 2)} ${names[nearest.who]}` : "");
  next.title = nearest
    ? `${names[nearest.who]} leads ${nearest.word} ${plain(nearest.at, 2)}, the other weights unchanged`
    : "";
  return now;
}

/**
 * The nearest weight at which somebody else leads, and who.
 * @param {import("./reigns.js").Reign[]} found
 * @param {import("./reigns.js").Reign} own the one that `value` lies in
 * @param {number} value
 * @param {number} top
 */
function nearestChange(found, own, value, top) {
  const upper = own.high <= top ? found[found.indexOf(own) + 1] : null;
  const lower = own.low > 0 ? found[found.indexOf(own) - 1] : null;
  if (upper && (!lower || upper.low - value <= value - own.low)) {
    return { at: upper.low, who: upper.leader, sign: "▸", word: "from" };
  }
  return lower ? { at: own.low, who: lower.leader, sign: "◂", word: "below" } : null;
}

/**
 * One slider for a theme: its members keep their proportions.
 * @param {string} label
 * @param {string[]} keys
 */
export function themeSlider(label, keys) {
  const node = element("div", "weight theme");
  const line = element("div", "line");
  const share = element("span", "share");
  const track = element("div", "track");
  const input = range((value) => weight(together(keys, value), { later: true }));
  input.dataset.theme = keys.join();
  track.append(element("i", "rail"), input);
  line.append(element("span", "label", label), share);
  node.append(line, track);
  return {
    node,
    update() {
      const total = Object.values(board.weights).reduce((sum, each) => sum + each, 0);
      const sum = keys.reduce((own, key) => own + board.weights[key], 0);
      const mean = sum / keys.length;
      input.max = String(highest());
      input.step = "any";
      if (Math.abs(Number(input.value) - mean) > 1e-9) input.value = String(mean);
      input.setAttribute("aria-label", `${label}, all ${keys.length} together`);
      input.setAttribute("aria-valuetext", mean.toFixed(2));
      write(share, percent(total ? sum / total : 0));
    },
  };
}

/** @param {string[]} keys @param {number} mean */
function together(keys, mean) {
  const locked = listOf("lock");
  const before = keys.reduce((sum, key) => sum + board.weights[key], 0) / keys.length;
  const free = keys.filter((key) => !locked.includes(key));
  return Object.fromEntries(free.map((key) => {
    const moved = before > 0 ? (board.weights[key] * mean) / before : mean;
    return [key, Math.min(highest(), Math.round(moved * 1000) / 1000)];
  }));
}
