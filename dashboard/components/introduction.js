// Hides the introduction for good in this browser once its cross was used. What is kept stays on this machine: the
// storage is of this address alone and is sent to nobody.
const ENTRY = "wellbehaved.introduction";
const HIDDEN = "hidden";

function kept() {
  try {
    return localStorage.getItem(ENTRY);
  } catch {
    return null; // storage is forbidden: the introduction stays until the page is left
  }
}

function keep() {
  try {
    localStorage.setItem(ENTRY, HIDDEN);
  } catch {
    // As above.
  }
}

function hide() {
  document.documentElement.dataset.introduction = HIDDEN;
}

export default function ({ parentElement }) {
  if (kept() === HIDDEN) hide();
  parentElement.querySelector("button").onclick = () => {
    keep();
    hide();
    // The focus was on what is gone; it goes on at the answer.
    const answer = document.querySelector("[data-testid=stMain] h1");
    answer?.setAttribute("tabindex", "-1");
    answer?.focus({ preventScroll: true });
  };
}
