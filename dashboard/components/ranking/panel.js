// What counts, and which models are listed: presets, sliders, filters.

import { button, element, percent, whole, write } from "./elements.js";
import { choices, search, size } from "./choices.js";
import { slider, themeSlider } from "./slider.js";
import { board, change, filtersOf, listOf, listen, receive, startFrom } from "./store.js";

/** @type {WeakSet<Element>} */
const mounted = new WeakSet();

/**
 * Streamlit calls this for each answer of Python; the panel is made once.
 * @param {import("./store.js").Component} component
 * @param {string} base
 */
export function mount({ data, parentElement, setStateValue }, base) {
  const root = /** @type {HTMLElement} */ (parentElement.querySelector(".panel"));
  receive("panel", data, base, root, (values) => setStateValue("change", values));
  if (!mounted.has(root)) panel(root);
  mounted.add(root);
}

/** @param {HTMLElement} root */
function panel(root) {
  let [seen, offered] = [/** @type {import("./store.js").Data | null} */ (null), ""];
  /** @type {import("./elements.js").Part[]} */
  let parts = [];
  const draw = () => {
    // Another benchmark has other dimensions. The table may have brought the news, and their values, sooner.
    if (seen !== board.data) {
      seen = board.data;
      const offer = offerText();
      if (offer !== offered) parts = fill(root);
      offered = offer;
    }
    for (const part of parts) part.update();
  };
  draw();
  const stop = listen(() => {
    if (root.isConnected) return draw();
    stop();
  });
}

/** What sliders, presets and filters there are, as text. */
function offerText() {
  const { dimensions, themes, presets, fields } = board.data;
  return JSON.stringify([dimensions, themes, presets, fields]);
}

/** @param {HTMLElement} root */
function fill(root) {
  const sections = { weights: weights(), filters: filters() };
  root.replaceChildren(
    ...Object.entries(sections).map(([name, own]) => {
      const section = element("section", name);
      section.append(...own.map((part) => part.node));
      return section;
    }),
  );
  return Object.values(sections).flat();
}

/**
 * @param {string} text
 * @returns {import("./elements.js").Part}
 */
function title(text) {
  return { node: element("h2", "", text), update() {} };
}

function presets() {
  const node = element("div", "presets");
  node.setAttribute("role", "group");
  node.setAttribute("aria-label", "Start from");
  const buttons = Object.entries(board.data.presets).map(([key, preset]) => {
    const press = button("pill", preset.label, () => startFrom(key));
    press.title = preset.description;
    node.append(press);
    return { key, press };
  });
  return {
    node,
    update() {
      const own = Object.keys(board.view).some((name) => name.startsWith("w."));
      const chosen = own ? "" : (board.view.preset ?? board.data.preset);
      for (const { key, press } of buttons) press.setAttribute("aria-pressed", String(key === chosen));
    },
  };
}

function weights() {
  const { dimensions, themes } = board.data;
  const parts = [title("What matters to you?"), presets()];
  /** @type {Record<string, string[]>} */
  const members = {};
  const further = Object.keys(dimensions).filter((key) => dimensions[key].further);
  for (const key in dimensions) {
    if (!dimensions[key].further) (members[dimensions[key].theme] ??= []).push(key);
  }
  for (const [theme, keys] of Object.entries(members)) {
    if (keys.length > 1) parts.push(themeSlider(themes[theme] ?? theme, keys));
    for (const key of keys) parts.push(slider(key, keys.length > 1));
  }
  if (further.length) parts.push(...folded(further));
  parts.push(actions());
  return parts;
}

/**
 * The sliders of dimensions beyond the study's under one line; one that is weighed stands there in any case.
 * @param {string[]} keys
 */
function folded(keys) {
  let open = false;
  const press = button("link more", "", () => {
    open = !open;
    for (const part of parts) part.update();
  });
  const heading = {
    node: press,
    update() {
      press.setAttribute("aria-expanded", String(open));
      write(press, `${open ? "▾" : "▸"} More dimensions (${keys.length})`);
    },
  };
  const sliders = keys.map((key) => {
    const { node, update } = slider(key, false);
    return {
      node,
      update() {
        node.hidden = !open && !board.weights[key];
        if (!node.hidden) update();
      },
    };
  });
  const parts = [heading, ...sliders, noValues(keys, () => open)];
  return parts;
}

/**
 * That no model has a value of any of them, said before a slider takes every model's score.
 * @param {string[]} keys
 * @param {() => boolean} shown
 */
function noValues(keys, shown) {
  const node = element("div", "note", "No model here has a value of these yet.");
  /** @type {import("./scores.js").Pool | null} */
  let seen = null;
  let none = false;
  return {
    node,
    update() {
      const { pool } = board;
      // Once for a pool, not in every frame of a moving thumb.
      if (pool && pool !== seen) {
        seen = pool;
        none = !keys.some((key) => pool.values[key]?.some((value) => !Number.isNaN(value)));
      }
      node.hidden = !none || !shown();
    },
  };
}

function actions() {
  const node = element("div", "actions");
  const reset = button("link", "Reset weights", () => startFrom(board.view.preset ?? board.data.preset));
  reset.title = "Return to the weights of the preset; locked weights stay.";
  const note = element("span", "note");
  node.append(reset, note);
  return {
    node,
    update() {
      const locked = listOf("lock").length;
      const none = Object.values(board.weights).every((weight) => weight === 0);
      write(note, none ? "Raise at least one slider." : locked ? `${locked} locked` : "");
    },
  };
}

function filters() {
  const node = element("div", "found");
  const clear = button("link", "Clear filters", () => {
    change(Object.fromEntries(Object.keys(filtersOf()).map((name) => [name, null])));
  });
  const count = element("span", "note");
  node.append(count, clear);
  const counted = {
    node,
    update() {
      const { pool, result } = board;
      clear.hidden = !Object.keys(filtersOf()).length;
      if (!pool || !result) return;
      const share = result.rows.length / Math.max(1, pool.size);
      const part = `${whole(result.rows.length)} of ${whole(pool.size)} models (${percent(share)})`;
      write(count, result.mask === null ? pool.size === 1 ? "1 model" : `All ${whole(pool.size)} models` : part);
    },
  };
  return [title("Which models?"), search(), ...board.data.fields.map(choices), size(), counted];
}
