// Says once that the room of a chart has come into sight, or close to it.
const NEAR = "300px";
const LOOK_AGAIN_MILLISECONDS = 200;
const UNDRAWN = "[data-testid=stSkeleton], [data-testid=stPlotlyChart]:not(:has(.main-svg))";

export default function ({ parentElement, setStateValue, data }) {
  const room = parentElement.querySelector("div");
  const page = window.location.pathname;
  room.style.height = `${data.height}px`;
  let waiting;
  const watcher = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    watcher.unobserve(room);
    // What stands above may not have come yet, or have no height, so that everything is in sight. And where Back has left
    // the page and the next one has not begun, a report would call this one to its place.
    const app = document.querySelector("[data-testid=stApp]");
    const comes = app?.dataset.testScriptState === "running" || document.querySelector(UNDRAWN);
    if (comes || window.location.pathname !== page) {
      waiting = setTimeout(() => watcher.observe(room), LOOK_AGAIN_MILLISECONDS);
      return;
    }
    watcher.disconnect();
    setStateValue("seen", true);
  }, { rootMargin: NEAR });
  watcher.observe(room);
  return () => {
    clearTimeout(waiting);
    watcher.disconnect();
  };
}
