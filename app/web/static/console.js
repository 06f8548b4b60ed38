// The operators' console: calls, queue, transcript and tickets as they happen.

const $ = (selector) => document.querySelector(selector);
const STATES = { ready: "示闲", paused: "示忙", ringing: "振铃", talking: "通话", "wrap-up": "话后", offline: "离线" };
const ROLES = { citizen: "市民", operator: "话务员", unit: "成员单位" };
let selected = null;
let epoch = "";
let last = 0;
let refreshing = null;

async function api(path, method = "GET", body) {
  const response = await fetch(path, {
    method,
    headers: body ? { "Content-Type": "application/json" } : {},
    body: body ? JSON.stringify(body) : undefined,
  });
  if (response.status === 204) return null;
  const answer = await response.json();
  if (!response.ok) throw Object.assign(new Error(answer.detail || answer.title), { status: response.status });
  return answer;
}

function element(tag, text, attributes = {}) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function table(headings, rows) {
  const made = element("table");
  const head = made.createTHead().insertRow();
  headings.forEach((heading) => head.append(element("th", heading, { scope: "col" })));
  const body = made.createTBody();
  rows.forEach((row) => body.append(row));
  return made;
}

function row(cells, attributes = {}) {
  const made = element("tr", undefined, attributes);
  cells.forEach((cell) => made.append(cell instanceof Node ? cell : element("td", cell ?? "")));
  return made;
}

const time = (iso) => (iso ? new Date(iso).toLocaleTimeString("zh-CN", { hour12: false }) : "");

async function showQueue() {
  const queue = await api("/api/queue");
  $("#waiting").textContent = queue.waiting.length ? `${queue.waiting.length} 人等待` : "无人等待";
  $("#operators").replaceChildren(
    ...queue.operators.map((one) => element("li", `${one.name} · ${STATES[one.state] ?? one.state}${one.reason ? `（${one.reason}）` : ""}`)),
  );
}

async function showCalls() {
  const calls = await api("/api/calls?limit=30");
  const rows = calls.map((call) => {
    const outcome = call.outcome === "missed" ? "漏接" : call.outcome === "conversation" ? "已办" : "进行中";
    const made = row([time(call.started_at), call.caller || "匿名", outcome, call.ticket_number], {
      "data-call": call.id,
      tabindex: "0",
      "aria-selected": String(call.id === selected),
    });
    const choose = () => select(call.id);
    made.addEventListener("click", choose);
    made.addEventListener("keydown", (event) => event.key === "Enter" && choose());
    return made;
  });
  $("#calls").replaceChildren(table(["时间", "来电", "状态", "工单"], rows));
}

async function select(call) {
  selected = call;
  $("#transcript").replaceChildren();
  await refresh();
}

function button(text, act) {
  const made = element("button", text, { type: "button" });
  made.addEventListener("click", () => attempt(act));
  return made;
}

async function attempt(act) {
  const error = $("#call .error");
  error.textContent = "";
  try {
    await act();
    await refresh();
  } catch (problem) {
    error.textContent = problem.message;
  }
}

function partyRow(call, party) {
  const actions = element("td");
  const path = `/api/calls/${call}/parties/${party.party_id}`;
  if (party.in_conference) {
    actions.append(button(party.muted ? "取消静音" : "静音", () => api(path, "PATCH", { muted: !party.muted })));
  }
  if (party.role === "unit") actions.append(button("挂断", () => api(path, "DELETE")));
  return row([ROLES[party.role], party.name, party.joined_at ? "已接入" : "振铃", actions]);
}

async function showCall() {
  $("#call").hidden = !selected;
  if (!selected) return;
  const call = await api(`/api/calls/${selected}`);
  const live = call.live;
  const holder = $("#parties");
  holder.replaceChildren();
  if (live) {
    holder.append(table(["角色", "名称", "状态", ""], live.parties.map((party) => partyRow(selected, party))));
    const path = `/api/calls/${selected}`;
    holder.append(
      button(live.phase === "consult" ? "恢复" : "保持", () => api(`${path}/hold`, "POST", { on: live.phase !== "consult" })),
      button("转接", () => api(`${path}/transfer`, "POST")),
      button("结束", () => api(`${path}/hangup`, "POST")),
    );
  }
  $("#summon").hidden = !live;
  $("#events").replaceChildren(
    ...call.events.filter((event) => event.kind !== "legs").map((event) => element("li", `${time(event.at)} ${event.kind}`)),
  );
  await showTranscript(selected);
}

async function showTranscript(call) {
  try {
    const transcript = await api(`/api/transcripts/${call}`);
    $("#transcript").replaceChildren(...transcript.turns.map((turn) => element("li", `${ROLES[turn.role]}：${turn.text}`)));
  } catch (problem) {
    // Not there yet: what is heard meanwhile stays.
    if (problem.status !== 404 && problem.status !== 403) throw problem;
  }
}

// What is being said now: a text that is not final is replaced by the same party's next one.
function overheard({ call, party, role, text, final }) {
  if (call !== selected) return;
  const line = $(`#transcript [data-party="${CSS.escape(party)}"]`) ?? $("#transcript").appendChild(element("li"));
  line.textContent = `${ROLES[role]}：${text}`;
  if (final) line.removeAttribute("data-party");
  else line.setAttribute("data-party", party);
}

async function showTickets() {
  const found = await api("/api/tickets?limit=30");
  const tickets = found.tickets ?? found;
  const rows = tickets.map((ticket) => row([ticket.number, ticket.category, ticket.status, ticket.due_at?.slice(0, 16).replace("T", " ")]));
  $("#tickets").replaceChildren(table(["编号", "类别", "状态", "时限"], rows));
}

async function refresh() {
  await Promise.all([showQueue(), showCalls(), showCall(), showTickets()]);
}

function refreshSoon() {
  refreshing ??= setTimeout(async () => {
    refreshing = null;
    await refresh();
  }, 200);
}

function follow() {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const socket = new WebSocket(`${scheme}://${location.host}/api/live?epoch=${epoch}&after=${last}`);
  socket.onmessage = (message) => {
    const { epoch: run, n, topic, data } = JSON.parse(message.data);
    epoch = run ?? epoch;
    last = n;
    if (topic === "text") return overheard(data);
    if (topic === "hello") $("#connection").textContent = "已连接";
    refreshSoon();
  };
  socket.onclose = () => {
    $("#connection").textContent = "连接中断，正在重连";
    setTimeout(follow, 1000);
  };
}

async function enter() {
  const me = await api("/api/me");
  $("#who").textContent = me.name;
  $("#logout").hidden = false;
  $("#login").hidden = true;
  $("main").hidden = false;
  const units = await api("/api/units");
  $("#summon select").replaceChildren(...units.map((unit) => element("option", unit.name, { value: unit.id })));
  await refresh();
  follow();
}

$("#login").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  try {
    await api("/api/login", "POST", { name: form.get("name"), password: form.get("password") });
    await enter();
  } catch (problem) {
    $("#login .error").textContent = problem.message;
  }
});

$("#logout").addEventListener("click", async () => {
  await api("/api/logout", "POST");
  location.reload();
});

$("#summon").addEventListener("submit", (event) => {
  event.preventDefault();
  const unit = new FormData(event.target).get("unit");
  attempt(() => api(`/api/calls/${selected}/parties`, "POST", { unit_id: unit, mode: event.submitter.value }));
});

enter().catch(() => {
  $("#login").hidden = false;
});
