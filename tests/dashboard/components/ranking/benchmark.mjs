// Plays a change from one benchmark to another with more dimensions, whose values come late or never, and prints what the
// parts of the board were told.
let frame = null;
const answers = [];
globalThis.document = { documentElement: { dataset: {} } };
globalThis.requestAnimationFrame = (call) => ((frame = call), 1);
globalThis.fetch = () => new Promise((answer, fail) => answers.push({ answer, fail }));

const { board, listen, receive } = await import("../../../../dashboard/components/ranking/store.js");

const rest = () => new Promise((done) => setTimeout(done));
const draw = () => {
  const call = frame;
  frame = null;
  call?.();
};
const pool = (...keys) => ({
  data_version: "1", tie_tolerance: 5e-11, dimensions: keys, model_ids: ["a"], identities: { name: ["A"] }, name_order: [0],
  searched: ["a"], missing: [{}], flags: [[]], flagged: [{}],
  ...Object.fromEntries(["values", "standardised", "percentiles"].map((kind) => [kind, Object.fromEntries(keys.map((key) => [key, [0.5]]))])),
});
const python = (scores, ...keys) => {
  const weights = Object.fromEntries(keys.map((key) => [key, 1]));
  const dimensions = Object.fromEntries(keys.map((key) => [key, {}]));
  receive("panel", { applied: "", view: {}, scores, filters: [], dimensions, preset: "paper", presets: { paper: { weights } } }, "http://x/", { isConnected: true }, () => {});
};
const heard = [];
listen(() => heard.push([board.pool?.keys ?? null, Object.keys(board.data.dimensions)]));
const from = [];

python("one", "accuracy");
answers[0].answer({ ok: true, json: async () => pool("accuracy") });
await rest();
draw();
python("same", "accuracy"); // of another benchmark with the same dimensions
draw();
from.push([board.data.scores, board.scores]);
answers[1].answer({ ok: true, json: async () => pool("accuracy") });
await rest();
draw();
from.push([board.data.scores, board.scores]);
heard.length = 1;
python("two", "accuracy", "shape_bias"); // its values are on their way
draw();
const meanwhile = heard.length;
answers[2].answer({ ok: true, json: async () => pool("accuracy", "shape_bias") });
await rest();
draw();
python("three", "accuracy"); // and these never come
draw();
answers[3].fail(new Error("gone"));
await rest();
draw();
process.stdout.write(JSON.stringify({ heard, from, meanwhile, failed: globalThis.document.documentElement.dataset.board }));
