// Answers many questions in one process: the pools and the questions come in by standard input, the answers go out.
import { readFileSync } from "node:fs";
import { maskOf, facetOf, searchable } from "../../../../dashboard/components/ranking/filters.js";
import { reignsOf } from "../../../../dashboard/components/ranking/reigns.js";
import { exactSum, orderOf, poolOf, rankedOf, scoresOf, sortedRows } from "../../../../dashboard/components/ranking/scores.js";

const asked = JSON.parse(readFileSync(0, "utf8"));
const pools = Object.fromEntries(Object.entries(asked.pools ?? {}).map(([name, answer]) => [name, poolOf(answer)]));
let before;

function ranking({ pool: name, weights, filters, sort, top, reigns }) {
  const pool = pools[name];
  const { score, keys, shares } = scoresOf(pool, weights);
  // From the last question's order on, as the board goes from frame to frame.
  const { order, compared } = orderOf(pool, score, before?.length === pool.size ? before : undefined);
  before = order;
  const overall = rankedOf(order, compared, null);
  const mask = maskOf(pool, filters, score);
  const ranked = rankedOf(order, compared, mask);
  const rows = sortedRows(pool, ranked, score, overall.rank, sort);
  const listed = [...rows.slice(0, top)].map((row) => ({
    id: pool.ids[row],
    rank: ranked.rank[row] || null,
    overall: overall.rank[row] || null,
    score: Number.isNaN(score[row]) ? null : score[row],
    parts: keys.map((key, place) => pool.good[key][row] * shares[place]),
  }));
  const found = reigns && Object.fromEntries(pool.keys.map((key) => [key, reignsOf(pool, weights, key, mask)]));
  for (const key in found ?? {}) {
    found[key] = found[key].map((each) => ({ ...each, high: Number.isFinite(each.high) ? each.high : null, leader: pool.ids[each.leader] }));
  }
  return { total: rows.length, listed, reigns: found };
}

function facet({ pool, field, filters }) {
  return Object.fromEntries(facetOf(pools[pool], field, filters, new Float64Array(pools[pool].size)));
}

const answers = {
  rankings: (asked.rankings ?? []).map(ranking),
  facets: (asked.facets ?? []).map(facet),
  searchable: (asked.searchable ?? []).map(searchable),
  sums: (asked.sums ?? []).map(exactSum),
};
process.stdout.write(JSON.stringify(answers));
