// Draws the rows that Python prepared. Text is set as text, never as markup: model names come from imported files.

const DRAWN = Symbol("what is drawn");

function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function headerCell(column, sort, choose) {
  const cell = element("th", column.kind);
  cell.scope = "col";
  if (!column.sort) {
    cell.textContent = column.label;
    cell.title = column.title;
    return cell;
  }
  const bare = sort.replace("-", "");
  const active = bare === column.sort.replace("-", "");
  const descending = sort.startsWith("-");
  const button = element("button", active ? "sort active" : "sort", column.label);
  button.type = "button";
  button.title = column.title;
  if (active) {
    cell.setAttribute("aria-sort", descending ? "descending" : "ascending");
    button.append(element("span", "arrow", descending ? "↓" : "↑"));
  }
  const flipped = descending ? bare : `-${bare}`;
  button.onclick = () => choose(active ? flipped : column.sort);
  cell.append(button);
  return cell;
}

function nameCell(row, choose) {
  const cell = element("th", "name");
  cell.scope = "row";
  const button = element("button", "model", row.name);
  button.type = "button";
  button.dataset.model = row.id;
  button.setAttribute("aria-pressed", String(row.selected));
  button.onclick = (event) => {
    event.stopPropagation();
    choose(row.selected ? "" : row.id);
  };
  cell.append(button);
  const badges = element("span", "badges");
  for (const badge of row.badges) badges.append(element("span", "badge", badge));
  cell.append(badges);
  for (const flag of row.flags) cell.append(...doubt(flag));
  return cell;
}

// A title alone would be out of reach of fingers and keys: the reason opens below the flag.
function doubt(flag) {
  const reason = element("span", "reason", flag.touches ? `${flag.touches}: ${flag.title}` : flag.title);
  reason.hidden = true;
  const button = element("button", "flag", `⚑ ${flag.text}`);
  button.type = "button";
  button.setAttribute("aria-label", `Flag: ${flag.text}. Why?`);
  button.setAttribute("aria-expanded", "false");
  button.onclick = (event) => {
    event.stopPropagation();
    reason.hidden = !reason.hidden;
    button.setAttribute("aria-expanded", String(!reason.hidden));
  };
  return [button, reason];
}

function stackCell(row) {
  const cell = element("td", "stack");
  const box = element("div", "bar");
  box.setAttribute("role", "img");
  box.setAttribute("aria-label", row.stack.text);
  box.title = row.stack.text;
  const zero = element("i", "zero");
  zero.style.left = `${row.stack.zero}%`;
  for (const part of row.stack.parts) {
    const segment = element("i");
    segment.style.left = `${part.left}%`;
    segment.style.width = `${part.width}%`;
    segment.style.background = part.colour;
    box.append(segment);
  }
  box.append(zero);
  cell.append(box);
  return cell;
}

function valueCell(value) {
  const cell = element("td", "value", value.text);
  if (value.title) cell.title = value.title;
  if (value.doubt) {
    cell.classList.add("doubt");
    const mark = element("span", "mark", "⚑");
    mark.setAttribute("aria-hidden", "true");
    cell.append(mark, element("span", "unseen", ` flagged: ${value.title}`));
  }
  if (value.shade) cell.style.background = value.shade;
  return cell;
}

function textCell(kind, content) {
  const cell = element("td", kind, content.text);
  if (content.title) cell.title = content.title;
  if (content.tone) cell.classList.add(content.tone);
  return cell;
}

function tableRow(row, choose) {
  const line = element("tr", row.selected ? "selected" : "");
  line.append(textCell("rank", row.rank), nameCell(row, choose), textCell("score", row.score), stackCell(row));
  line.append(textCell("change", row.change), textCell("overall", row.overall));
  for (const value of row.values) line.append(valueCell(value));
  line.onclick = () => {
    // Somebody who marks a number to copy it does not mean to select the row.
    if (!String(window.getSelection())) choose(row.selected ? "" : row.id);
  };
  return line;
}

function keepInSight(frame, body, header) {
  const line = body.querySelector("tr.selected");
  if (!line) return;
  const top = line.offsetTop - header.offsetHeight;
  const bottom = line.offsetTop + line.offsetHeight;
  if (top < frame.scrollTop) frame.scrollTop = top;
  else if (bottom > frame.scrollTop + frame.clientHeight) frame.scrollTop = bottom - frame.clientHeight;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const frame = parentElement.querySelector(".frame");
  const head = frame.querySelector("thead");
  const body = frame.querySelector("tbody");
  const before = frame[DRAWN] ?? {};
  const focused = parentElement.activeElement?.dataset?.model;

  frame.setAttribute("aria-label", data.label);
  frame.querySelector("caption").textContent = data.label;
  const sort = (key) => setTriggerValue("sort", key);
  const select = (model) => setTriggerValue("select", { model });
  const headings = element("tr");
  for (const column of data.columns) headings.append(headerCell(column, data.sort, sort));
  head.replaceChildren(headings);
  body.replaceChildren(...data.rows.map((row) => tableRow(row, select)));

  if (focused) body.querySelector(`button[data-model="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  if (data.start !== before.start || data.sort !== before.sort) frame.scrollTop = 0;
  if (data.selected !== before.selected) keepInSight(frame, body, head);
  frame[DRAWN] = { selected: data.selected, start: data.start, sort: data.sort };
}
