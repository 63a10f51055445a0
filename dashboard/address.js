// One entry in the browser's history for each change of the page. Streamlit writes a bare entry when the page changes and
// a second one when the new page has written its view, so that Back led to a page without a view; here the first entry
// carries the view on, and the second is not needed.
//
// After Back or Forward the address is the browser's to say. A page that was asked for before may begin only then, and
// Streamlit would push it on top of where the reader has gone: Forward was lost, and Back led nowhere. Whoever chooses a
// page clicks, by hand or by key, so that until the next click no push may change the page.
//
// What is written before the reader has done anything on a page is the program's own: a link in its usual spelling and
// order, without what it asked in vain. It takes the place of the link, for Back would only lead to the same view.
(() => {
  // The query of an address however it is spelt: a link may have a comma where Streamlit has %2C, and any order of names.
  function usual(address) {
    const query = new URLSearchParams(address.search);
    query.sort();
    return String(query);
  }

  const [push, replace] = [window.history.pushState, window.history.replaceState].map((each) => each.bind(window.history));
  let [chosen, touched] = [true, false];
  window.addEventListener("popstate", () => { chosen = touched = false; }, { capture: true });
  window.addEventListener("click", () => { chosen = true; }, { capture: true });
  for (const act of ["pointerdown", "keydown", "click"]) {
    window.addEventListener(act, () => { touched = true; }, { capture: true });
  }
  window.history.pushState = (state, title, url) => {
    const next = new URL(url ?? "", window.location.href);
    const now = new URL(window.location.href);
    const leaves = next.pathname !== now.pathname;
    if (leaves && !chosen) return;
    if (leaves && !next.search) next.search = now.search;
    // The same spelling is pushed on purpose: an open sheet of the phone has an entry of its own (phone_bar.js).
    const corrects = !leaves && next.href !== now.href && (!touched || usual(next) === usual(now));
    if (leaves) touched = false;
    (corrects ? replace : push)(state, title, next.href);
  };
})();
