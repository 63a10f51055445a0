// The filters: words, kinds with the number of models that each would leave, and size.

import { button, element, whole, write } from "./elements.js";
import { board, change, facet, listOf, send, toggle } from "./store.js";

const SIZE = "parameters_millions";
const TYPED_MILLISECONDS = 250;

/** @param {HTMLInputElement} input @param {string} name */
function typed(input, name) {
  let waiting = 0;
  let adopted = board.adopted;
  const now = () => {
    clearTimeout(waiting);
    const text = input.value.trim();
    if (text !== (board.view[name] ?? "")) change({ [name]: text || null });
    else send(); // what was typed is in the view already, and may wait for its pause
  };
  // While somebody types, the table follows at once and Python once they pause.
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    const text = input.value.trim();
    change({ [name]: text || null }, { later: true });
    waiting = window.setTimeout(send, TYPED_MILLISECONDS);
  });
  input.addEventListener("change", now);
  return () => {
    const text = board.view[name] ?? "";
    // A hand that writes is not disturbed, but Back and links reach the field that it rests in.
    if (input.matches(":focus") && adopted === board.adopted) return;
    adopted = board.adopted;
    if (input.value !== text) input.value = text;
  };
}

export function search() {
  const node = element("input", "search");
  node.type = "search";
  node.maxLength = 200;
  node.placeholder = "Search name, paper or weights";
  node.setAttribute("aria-label", "Search");
  return { node, update: typed(node, "q") };
}

/** @param {import("./store.js").Field} field */
export function choices({ name, label, options }) {
  const node = element("div", name === "recipe" ? "field inline" : "field");
  node.setAttribute("role", "group");
  node.setAttribute("aria-label", label);
  node.append(element("span", "caption", label));
  const buttons = options.map((option) => {
    const press = button("pill", "", () => toggle(name, option.value));
    const count = element("small");
    press.append(`${option.label} `, count);
    node.append(press);
    return { press, count, value: option.value };
  });
  return {
    node,
    update() {
      const counts = facet(name);
      const chosen = listOf(name);
      for (const { press, count, value } of buttons) {
        const models = board.pool ? counts.get(value) ?? 0 : null; // not counted is not 0
        write(count, models === null ? "" : whole(models));
        press.setAttribute("aria-pressed", String(chosen.includes(value)));
        // What no model of this benchmark is need not stand here.
        press.hidden = board.pool !== null && !counts.has(value) && !chosen.includes(value);
        press.classList.toggle("empty", models === 0);
      }
    },
  };
}

export function size() {
  const node = element("div", "field size");
  node.append(element("span", "caption", "Parameters (millions)"));
  const updates = [["gte", "from"], ["lte", "to"]].map(([bound, word]) => {
    const input = element("input");
    input.type = "number";
    input.min = "0";
    input.step = "any";
    input.placeholder = word;
    input.setAttribute("aria-label", `Parameters (millions) ${word}`);
    node.append(input);
    return typed(input, `${SIZE}.${bound}`);
  });
  return { node, update: () => updates.forEach((update) => update()) };
}
