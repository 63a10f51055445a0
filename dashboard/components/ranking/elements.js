// Small things that both parts of the board draw with. Text is set as text, never as markup: names come from files.

/**
 * What a part of the board is to its host: a node, and how it follows the state.
 * @typedef {{node: HTMLElement, update: () => void}} Part
 */

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} [className]
 * @param {string} [text]
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

/**
 * @param {string} className
 * @param {string} text
 * @param {(event: Event) => void} press
 * @returns {HTMLButtonElement}
 */
export function button(className, text, press) {
  const node = element("button", className, text);
  node.type = "button";
  node.onclick = press;
  return node;
}

/**
 * Text is written only where it has changed.
 * @param {HTMLElement} node
 * @param {string} text
 */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** @param {number} share */
export const percent = (share) => (share > 0 && share < 0.005 ? "< 1 %" : `${Math.round(share * 100)} %`);

const thousands = new Intl.NumberFormat("en");

/** @param {number} count */
export const whole = (count) => thousands.format(count);

/**
 * @param {number} value
 * @param {number} decimals
 */
export const plain = (value, decimals) => value.toFixed(decimals).replace("-", "−");
