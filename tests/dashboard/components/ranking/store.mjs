// Plays Python and a hand before the board's store, without a browser, and prints what Python was sent and what stands.
globalThis.document = { documentElement: { dataset: {} } };
globalThis.requestAnimationFrame = () => 1;
globalThis.fetch = () => new Promise(() => {}); // the values never come

const { board, change, receive, send } = await import("../../../../dashboard/components/ranking/store.js");

const heard = [];
const root = { isConnected: true };
const sends = (values) => heard.push(values);
const python = (applied, view) =>
  receive("panel", { applied, view, scores: "x", preset: "paper", presets: { paper: { weights: { accuracy: 1 } } } }, "http://x/", root, sends);

python("", {});
change({ q: "re" });
const first = heard[0].stamp;
// More is typed before Python answers what came before.
change({ q: "resnet" }, { later: true });
python(first, { q: "re" });
const meanwhile = board.view.q;
send();
const second = heard[1];
python(second.stamp, { q: "resnet" });
send(); // nothing is left to say
python(second.stamp, {}); // Back, or a button of the page
process.stdout.write(
  JSON.stringify({ meanwhile, second: second.values, sent: heard.length, view: board.view, adopted: board.adopted }),
);
