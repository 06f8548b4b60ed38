// What every part of the console shares: asking the service, and building the page out of text, never out of markup.

export const $ = (selector) => document.querySelector(selector);

export async function api(path, method = "GET", body) {
  const response = await fetch(path, {
    method,
    headers: body ? { "Content-Type": "application/json" } : {},
    body: body ? JSON.stringify(body) : undefined,
  });
  if (response.status === 204) return null;
  const answer = await response.json();
  if (response.ok) return answer;
  const article = answer.article ? `（${answer.article}）` : "";
  const fields = (answer.errors ?? []).map((one) => `${one.field}: ${one.what}`).join("；");
  throw Object.assign(new Error(`${fields || answer.detail || answer.title}${article}`), { status: response.status });
}

export function element(tag, text, attributes = {}) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

export function table(caption, headings, rows) {
  const made = element("table");
  made.append(element("caption", caption, { class: "unseen" }));
  const head = made.createTHead().insertRow();
  headings.forEach((heading) => head.append(element("th", heading, { scope: "col" })));
  const body = made.createTBody();
  rows.forEach((one) => body.append(one));
  return made;
}

export function row(cells, attributes = {}) {
  const made = element("tr", undefined, attributes);
  cells.forEach((cell) => {
    const held = element("td");
    held.append(cell ?? "");
    made.append(held);
  });
  return made;
}

// A line of a list that is chosen by a click anywhere, or by its button with the keyboard.
export function choice(kind, id, chosen, cells, choose) {
  const opener = element("button", cells[0] ?? "", { type: "button", class: "opener", "aria-pressed": String(chosen) });
  const made = row([opener, ...cells.slice(1)], { [`data-${kind}`]: id, class: chosen ? "chosen" : "" });
  made.addEventListener("click", choose);
  return made;
}

export function button(text, act) {
  const made = element("button", text, { type: "button" });
  made.addEventListener("click", act);
  return made;
}

// Put in what is new, and leave the keyboard where it was.
export function replace(holder, ...parts) {
  const line = document.activeElement?.closest?.("tr[data-call], tr[data-ticket]");
  const at = line && holder.contains(line) ? Object.entries(line.dataset)[0] : null;
  holder.replaceChildren(...parts);
  if (at) holder.querySelector(`tr[data-${at[0]}="${CSS.escape(at[1])}"] .opener`)?.focus();
}

// The city's own time, which is how the service writes it, whatever the clock of this machine.
export const time = (iso) => iso?.slice(11, 19) ?? "";
export const minute = (iso) => iso?.slice(0, 16).replace("T", " ") ?? "";
