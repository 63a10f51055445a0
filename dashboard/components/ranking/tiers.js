// Brackets at the ranks: neighbours whose scores differ by no more than the measurement error allows. Python sends them
// once it has learnt them (dashboard/components/tiers.py); while a hand moves on, those of before stay and fade.

import { element, whole, write } from "./elements.js";
import { board, isFilter, redraw } from "./store.js";

/** @typedef {{tier: number, first: number, last: number, best: number, worst: number}} Run places from 0, and ranks */
/** @typedef {{scores: string, view: import("./store.js").View, runs: Run[]}} Tiers */

const ASKED = ["preset", "normalisation", "quality", "benchmark", "protocol"];
const GAP = 5;

/** @type {Tiers | null} */
let known = null;

/**
 * Streamlit calls this when Python has an answer.
 * @param {{data: {tiers: Tiers}}} component
 */
export function mount({ data }) {
  known = data.tiers;
  redraw();
}

/**
 * What of a view decides the tiers: which models, on what scale, under which weights.
 * @param {import("./store.js").View} view
 */
export function questionOf(view) {
  const names = Object.keys(view).filter((name) => isFilter(name) || name.startsWith("w.") || ASKED.includes(name));
  return names.sort().map((name) => `${name}=${view[name]}`).join("&");
}

/**
 * @param {Run[]} runs
 * @param {number} place
 * @returns {Run | undefined}
 */
export const runAt = (runs, place) => runs.find((run) => run.first <= place && place <= run.last);

/** @param {Run} run */
export function words({ best, worst, first, last }) {
  if (first === last) return `Rank ${whole(best)} is a tier of its own`;
  const ranks = best === worst ? `The models at rank ${whole(best)}` : `Ranks ${whole(best)} to ${whole(worst)}`;
  return `${ranks} are one tier: their differences from its best are within the measurement error`;
}

export function brackets() {
  const node = element("div", "brackets");
  const said = element("p", "unseen");
  node.setAttribute("aria-hidden", "true");
  said.id = "tiers-in-words";
  let drawn = "";

  /** @param {number} from @param {number} to the places in sight @param {number} size of a row */
  function update(from, to, size) {
    const byRank = (board.view.sort ?? "-score") === "-score";
    const tiers = byRank && known?.scores === board.scores ? known : null;
    node.classList.toggle("faded", tiers !== null && questionOf(tiers.view) !== questionOf(board.view));
    const runs = tiers ? tiers.runs.filter((run) => run.last >= from && run.first < to) : [];
    const now = `${size} ${runs.map((run) => `${run.first}-${run.last}`).join()}`;
    if (now === drawn) return;
    drawn = now;
    node.replaceChildren(...runs.map((run) => bracket(run, size)));
    write(said, tiers?.runs.length ? `${words(tiers.runs[0])}. ${tiers.runs.at(-1)?.tier} tiers in all.` : "");
  }
  return { node, said, update };
}

/** @param {Run} run @param {number} size */
function bracket(run, size) {
  const drawn = element("i");
  drawn.style.top = `${run.first * size + GAP}px`;
  drawn.style.height = `${(run.last - run.first + 1) * size - 2 * GAP}px`;
  drawn.title = `Tier ${run.tier}. ${words(run)}.`;
  return drawn;
}
