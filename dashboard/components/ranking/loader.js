// Streamlit runs this in a module without an address; the board's modules have one, below the dashboard's own.
/** @param {import("./store.js").Component & {parentElement: HTMLElement}} component */
export default function load(component) {
  const { data, parentElement } = component;
  /** @type {Window & {__streamlit?: {BACKEND_BASE_URL?: string}}} */
  const host = window;
  const base = host.__streamlit?.BACKEND_BASE_URL ?? new URL(".", window.location.href).href;
  import(new URL(`${data.scripts}/PART.js`, base).href).then(
    (part) => part.mount(component, base),
    () => {
      document.documentElement.dataset.board = "failed";
      const says = parentElement.querySelector(".says");
      if (!says) return;
      says.textContent =
        "The live board could not be loaded, so that the page does not follow a slider. Reload it to try again.";
    },
  );
}
