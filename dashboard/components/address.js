// One entry in the browser's history for each change of the page. Streamlit writes a bare entry when the page changes and
// a second one when the new page has written its view, so that Back led to a page without a view; here the first entry
// carries the view on, and the second is not needed.
//
// After Back or Forward the address is the browser's to say. A page that was asked for before may begin only then, and
// Streamlit would push it on top of where the reader has gone: Forward was lost, and Back led nowhere. Whoever chooses a
// page clicks, by hand or by key, so that until the next click no push may change the page.
export default function carryTheViewToTheNextPage() {
  if (window.wellbehavedCarriesTheView) return;
  window.wellbehavedCarriesTheView = true;
  const [push, replace] = [window.history.pushState, window.history.replaceState].map((each) => each.bind(window.history));
  let chosen = true;
  window.addEventListener("popstate", () => { chosen = false; }, { capture: true });
  window.addEventListener("click", () => { chosen = true; }, { capture: true });
  window.history.pushState = (state, title, url) => {
    const next = new URL(url ?? "", window.location.href);
    if (next.pathname !== window.location.pathname && !chosen) return;
    if (next.pathname !== window.location.pathname && !next.search) next.search = window.location.search;
    // A link may spell a comma as it is and Streamlit as %2C: two spellings of one address are one entry. The same
    // spelling is pushed on purpose: an open sheet of the phone has an entry of its own (phone_bar.js).
    const now = new URL(window.location.href);
    const same = next.pathname === now.pathname && String(next.searchParams) === String(now.searchParams);
    (same && next.href !== now.href ? replace : push)(state, title, next.href);
  };
}
