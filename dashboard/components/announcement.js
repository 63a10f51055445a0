// Says the new answer to screen readers: they read a live region aloud when its text changes, so the region must stay.
export default function announce({ data, parentElement }) {
  const region = parentElement.querySelector("[role=status]");
  if (region.textContent !== data.text) region.textContent = data.text;
}
