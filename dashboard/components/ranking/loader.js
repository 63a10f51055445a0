// Streamlit runs this in a module without an address; the board's modules have one, below the dashboard's own.
export default function load(component) {
  const { data, parentElement } = component;
  const base = window.__streamlit?.BACKEND_BASE_URL ?? new URL(".", window.location.href).href;
  import(new URL(`${data.scripts}/PART.js`, base).href).then(
    (part) => part.mount(component, base),
    () => {
      document.documentElement.dataset.board = "failed";
      parentElement.querySelector(".says").textContent =
        "The live board could not be loaded, so that the page does not follow a slider. Reload it to try again.";
    },
  );
}
