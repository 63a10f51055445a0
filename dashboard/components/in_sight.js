// Says once that the room of a chart has come into sight, or close to it.
const NEAR = "300px";

export default function ({ parentElement, setStateValue, data }) {
  const room = parentElement.querySelector("div");
  const page = window.location.pathname;
  room.style.height = `${data.height}px`;
  const watcher = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    // Back has left the page, and the next one has not begun: a report would call this one to its place.
    if (window.location.pathname !== page) return;
    watcher.disconnect();
    setStateValue("seen", true);
  }, { rootMargin: NEAR });
  watcher.observe(room);
  return () => watcher.disconnect();
}
