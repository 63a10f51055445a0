// One entry in the browser's history for each change of the page. Streamlit writes a bare entry when the page changes and
// a second one when the new page has written its view, so that Back led to a page without a view; here the first entry
// carries the view on, and the second is not needed.
export default function carryTheViewToTheNextPage() {
  if (window.wellbehavedCarriesTheView) return;
  window.wellbehavedCarriesTheView = true;
  const push = window.history.pushState.bind(window.history);
  window.history.pushState = (state, title, url) => {
    const next = new URL(url ?? "", window.location.href);
    if (next.pathname !== window.location.pathname && !next.search) next.search = window.location.search;
    push(state, title, next.href);
  };
}
