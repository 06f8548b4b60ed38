// Tickets: the list, and one of them with its limits, history, suggestions and every action the person may do.

import { $, api, button, choice, element, minute, replace, table } from "./dom.js";
import { bodyOf, fields, values } from "./form.js";
import { ACTIONS, CATEGORIES, LIMITS, STATUSES, word } from "./words.js";

let me = null;
let units = [];
let selected = null;
let shown = "";
let opened = 0;

export function setUp(person, directory) {
  me = person;
  units = directory.filter((unit) => unit.active).map((unit) => [unit.id, unit.name]);
}

export async function showTickets() {
  const { tickets } = await api("/api/tickets?limit=30");
  const rows = tickets.map((ticket) => {
    const late = ticket.late.length ? "逾期 " : "";
    const cells = [ticket.number, word(CATEGORIES, ticket.category), word(STATUSES, ticket.status), `${late}${minute(ticket.due_at)}`];
    return choice("ticket", ticket.number, ticket.number === selected, cells, () => select(ticket.number));
  });
  replace($("#tickets"), table("工单", ["编号", "类别", "状态", "时限"], rows));
  await showTicket();
}

async function select(number) {
  selected = number;
  $("#actions").replaceChildren();
  $("#ticket .error").textContent = "";
  await showTickets();
  $("#ticket").scrollIntoView({ block: "nearest" });
}

async function showTicket() {
  $("#ticket").hidden = !selected;
  if (!selected) return;
  const ticket = await api(`/api/tickets/${selected}`);
  $("#ticket-title").textContent = `工单 ${ticket.number}`;
  $("#facts").replaceChildren(...facts(ticket));
  $("#caller").replaceChildren(...caller(ticket));
  $("#suggestions").replaceChildren(...suggestions(ticket.suggestions ?? {}));
  $("#history").replaceChildren(
    ...ticket.history.map((entry) => element("li", `${minute(entry.at)} ${word(ACTIONS, entry.action)} ${entry.data?.why ?? ""}`)),
  );
  // Another status allows other things; a form that is being filled in stays.
  const now = `${ticket.number} ${ticket.version}`;
  if (now !== shown || !$("#choices").children.length) $("#choices").replaceChildren(...choices());
  shown = now;
}

function facts(ticket) {
  const limits = Object.entries(ticket.limits).filter(([, at]) => at).map(([name, at]) => `${word(LIMITS, name)} ${minute(at)}`);
  const names = new Map(units);
  const known = [
    ["状态", word(STATUSES, ticket.status)],
    ["类别", word(CATEGORIES, ticket.category)],
    ["承办单位", ticket.unit_ids.map((id) => names.get(id) ?? id).join("、")],
    ["时限", limits.join("；")],
    ["地点", ticket.place],
    ["内容", ticket.confidential && ticket.content === undefined ? "保密" : ticket.content],
    ...(ticket.assignments ?? []).filter((part) => part.reply).map((part) => [`答复（${names.get(part.unit) ?? part.unit}）`, part.reply.text]),
  ];
  return known.filter(([, text]) => text).flatMap(([name, text]) => [element("dt", name), element("dd", text)]);
}

function caller(ticket) {
  if (!me.may.includes("ticket.caller")) return [];
  const told = [ticket.caller_name, ticket.caller_phone, ticket.caller_address].filter(Boolean).join(" ");
  if (told) return [element("p", `来电人：${told}`)];
  const look = button("查看来电人（记入审计）", () => attempt(async () => {
    const found = await api(`/api/tickets/${selected}/caller`);
    $("#caller").replaceChildren(element("p", `来电人：${[found.name, found.phone, found.address].filter(Boolean).join(" ") || "未留"}`));
  }));
  return [look];
}

function suggestions(made) {
  const sure = (one) => `${Math.round(one.confidence * 100)}%`;
  const lines = [
    ...(made.units ?? []).map((one) => `建议单位：${one.name}（${one.because.join("、")}，${sure(one)}）`),
    ...(made.place ? [`地点：${made.place.text}（${sure(made.place)}）`] : []),
    ...(made.duplicates ?? []).map((one) => `疑似重复：${one.number}（${sure(one)}）`),
    ...(made.earlier ?? []).map((one) => `来电人以前的工单：${one.number} ${word(STATUSES, one.status)}`),
  ];
  return lines.map((line) => element("li", line));
}

function choices() {
  const names = Object.keys(ACTIONS).filter((name) => me.may.includes(`ticket.${name.replaceAll("-", "_")}`));
  return names.map((name) => button(ACTIONS[name], () => attempt(() => open(name))));
}

async function open(name) {
  const mine = ++opened;
  const path = name === "correct" ? "/api/tickets/{number}" : `/api/tickets/{number}/${name}`;
  const method = name === "correct" ? "PATCH" : "POST";
  const made = fields(await bodyOf(path, method.toLowerCase()), { units, unit: me.unit_id });
  if (mine !== opened) return;
  const form = element("form");
  const send = element("button", `确定${ACTIONS[name]}`);
  form.append(element("h3", ACTIONS[name]), ...made.map(([, one]) => one.node), send);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(async () => {
      const { notices } = await api(path.replace("{number}", selected), method, values(made));
      $("#actions").replaceChildren(...notices.map((one) => element("p", one.text)));
      await showTickets();
    });
  });
  $("#actions").replaceChildren(form);
  form.querySelector("input, select, textarea, button").focus();
}

async function attempt(act) {
  const error = $("#ticket .error");
  error.textContent = "";
  try {
    await act();
  } catch (problem) {
    error.textContent = problem.message;
  }
}
