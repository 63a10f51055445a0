// Says aloud, through screen readers, the sentence at the head of the page whenever it has changed: after a slider, a
// filter or a change of the page the answer changes far from where the reader's focus is.
const STILL_MILLISECONDS = 400;

export default function announceChanges() {
  if (document.querySelector("#wellbehaved-answer")) return;
  const region = document.createElement("div");
  region.id = "wellbehaved-answer";
  region.setAttribute("role", "status");
  region.setAttribute("aria-live", "polite");
  region.style.cssText = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)";
  document.body.append(region);
  const answer = () => document.querySelector("[data-testid=stMain] h1")?.innerText.trim() ?? "";
  let said = answer();
  let waiting;
  const compare = () => {
    const now = answer();
    if (now && said && now !== said) region.textContent = now;
    said = now || said;
  };
  new MutationObserver(() => {
    // The first answer counts as read from when it stands, however long the page below it goes on changing.
    said ||= answer();
    clearTimeout(waiting);
    waiting = setTimeout(compare, STILL_MILLISECONDS);
  }).observe(document.querySelector("[data-testid=stApp]"), { subtree: true, childList: true, characterData: true });
}
