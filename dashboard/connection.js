// Says in words that the page has lost its server, or never reached it: Streamlit tries again by itself, and shows no
// more than a small grey word meanwhile, or nothing at all where the network lets no WebSocket through.
(() => {
  const LOOK_MILLISECONDS = 1000;
  const PATIENCE_MILLISECONDS = 6000;
  let lost = performance.now();
  let notice = null;

  const connected = () =>
    document.querySelector("[data-testid=stApp]")?.dataset.testConnectionState === "CONNECTED";

  function say(reached) {
    if (!notice) {
      notice = document.createElement("p");
      notice.id = "wellbehaved-connection";
      notice.setAttribute("role", "status");
      document.body.append(notice);
    }
    notice.textContent = reached
      ? "The connection to this page's server is lost. It is tried again by itself; what you change until then is not kept."
      : "No connection to this page's server yet. It is tried again by itself. If this stays, something between here and " +
        "there may let no WebSocket through: ask whoever runs the network or the proxy.";
  }

  let reached = false;
  setInterval(() => {
    if (connected()) {
      reached = true;
      lost = performance.now();
      notice?.remove();
      notice = null;
    } else if (performance.now() - lost > PATIENCE_MILLISECONDS) say(reached);
  }, LOOK_MILLISECONDS);
})();
