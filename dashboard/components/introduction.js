// Hides the introduction for good in this browser once its cross was used. What is kept stays on this machine: the
// storage is of this address alone and is sent to nobody. The page itself reads it, before anything is drawn
// (dashboard/server.py): what went only when this script runs would move all that stands below.
const ENTRY = "wellbehaved.introduction";
const HIDDEN = "hidden";

function keep() {
  try {
    localStorage.setItem(ENTRY, HIDDEN);
  } catch {
    // Storage is forbidden: the introduction is back once the page is left.
  }
}

function hide() {
  document.documentElement.dataset.introduction = HIDDEN;
}

export default function ({ parentElement }) {
  parentElement.querySelector("button").onclick = () => {
    keep();
    hide();
    // The focus was on what is gone; it goes on at the answer.
    const answer = document.querySelector("[data-testid=stMain] h1");
    answer?.setAttribute("tabindex", "-1");
    answer?.focus({ preventScroll: true });
  };
}
