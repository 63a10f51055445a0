// On a phone: weights, filters and pages, each behind a button at the bottom edge. What a button brings up is the
// sidebar in another place (phone.css), so that the table stays in sight above it and follows the thumb.
const page = document.documentElement;
let buttons = [];

const sheet = () => document.querySelector("[data-testid=stSidebar]");
const opener = () => buttons.find((button) => button.dataset.sheet === page.dataset.sheet);

function mark() {
  for (const button of buttons) {
    button.setAttribute("aria-expanded", String(button.dataset.sheet === page.dataset.sheet));
  }
}

function open(button) {
  page.dataset.sheet = button.dataset.sheet;
  mark();
  // Back then closes the sheet before it leaves the page.
  if (!history.state?.sheet) history.pushState({ ...history.state, sheet: true }, "", location.href);
  if (button.dataset.sheet === "weights") document.querySelector(".st-key-board_table")?.scrollIntoView();
  const shown = sheet();
  if (!shown) return;
  shown.tabIndex = -1;
  shown.setAttribute("aria-label", button.textContent.trim());
  shown.scrollTop = 0;
  shown.focus({ preventScroll: true });
}

function close() {
  const button = opener();
  delete page.dataset.sheet;
  mark();
  button?.focus({ preventScroll: true });
}

function listen() {
  window.addEventListener("popstate", () => opener() && close());
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && opener()) close();
  });
  document.addEventListener("click", (event) => {
    if (opener() && event.target instanceof Element && event.target.closest("[data-testid=stSidebarNavLink]")) close();
  });
}

export default function bar({ parentElement }) {
  buttons = [...parentElement.querySelectorAll("button")];
  for (const button of buttons) {
    button.onclick = () => (opener() === button ? close() : open(button));
  }
  mark();
  if (window.wellbehavedHasItsBar) return;
  window.wellbehavedHasItsBar = true;
  listen();
}
