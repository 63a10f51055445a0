// Asks the board's brackets, without a browser, when tiers hold and what they say; prints the answers.
const { questionOf, runAt, words } = await import("../../../../dashboard/components/ranking/tiers.js");

const of = (view) => questionOf(view);
const run = (first, last, best, worst) => ({ tier: 1, first, last, best, worst });
process.stdout.write(
  JSON.stringify({
    arranged: of({ preset: "robust", sort: "name", select: "a", page: "2" }) === of({ preset: "robust" }),
    weighed: of({ "w.accuracy": "2" }) === of({}),
    filtered: of({ "score.gte": "0" }) === of({}),
    ordered: of({ q: "a", preset: "fair" }) === of({ preset: "fair", q: "a" }),
    several: words(run(0, 2, 1, 3)),
    tied: words(run(3, 4, 4, 4)),
    alone: words(run(5, 5, 6, 6)),
    found: runAt([run(0, 2, 1, 3), run(4, 4, 5, 5)], 4)?.best ?? null,
    between: runAt([run(0, 2, 1, 3), run(4, 4, 5, 5)], 3) ?? null,
  }),
);
