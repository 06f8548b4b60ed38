// The console: calls, queue, transcript and tickets as they happen; each person sees the parts their role may see.

import { $, api, button, choice, element, minute, replace, row, table, time } from "./dom.js";
import { setUp, showTickets } from "./tickets.js";
import { EVENTS, ROLES, STATES, word } from "./words.js";

const LONGEST_WAIT_MS = 15_000;
let me = null;
let selected = null;
let epoch = "";
let last = 0;
let wait = 1000;
let refreshing = null;

const may = (right) => me.may.includes(right);

async function showQueue() {
  const queue = await api("/api/queue");
  $("#waiting").textContent = queue.waiting.length ? `${queue.waiting.length} 人等待` : "无人等待";
  $("#operators").replaceChildren(
    ...queue.operators.map((one) => element("li", `${one.name} · ${word(STATES, one.state)}${one.reason ? `（${one.reason}）` : ""}`)),
  );
}

async function showCalls() {
  const calls = await api("/api/calls?limit=30");
  const rows = calls.map((call) => {
    const outcome = call.outcome === "missed" ? "漏接" : call.outcome === "conversation" ? "已办" : "进行中";
    const cells = [time(call.started_at), call.caller || "匿名", outcome, call.ticket_number];
    return choice("call", call.id, call.id === selected, cells, () => select(call.id));
  });
  replace($("#calls"), table("通话", ["时间", "来电", "状态", "工单"], rows));
}

// What is owed to callers whom nobody answered: callbacks by their place, then messages by when they are due.
async function showMissed() {
  const calls = await api("/api/calls/missed?limit=30");
  $("#missed-part").hidden = !calls.length;
  const rows = calls.map((call) => {
    const done = button("已回拨", () => attempt("#missed-part", () => api(`/api/calls/${call.id}/callback`, "POST")));
    const asked = [call.callback_at && `请求回拨（第${call.place}位）`, call.message_at && "留言"].filter(Boolean).join("，");
    const actions = element("span");
    if (call.message_at && may("call.read")) actions.append(button("查看", () => select(call.id)));
    if (may("call.callback")) actions.append(done);
    return row([time(call.waiting_since), call.caller || "匿名", asked, minute(call.answer_by), actions]);
  });
  $("#missed").replaceChildren(table("漏接待回拨", ["等候自", "来电", "请求", "答复时限", ""], rows));
}

async function select(call) {
  selected = call;
  $("#call .error").textContent = "";
  $("#transcript").replaceChildren();
  await refresh();
  $("#call").scrollIntoView({ block: "nearest" });
}

async function attempt(part, act) {
  const error = $(`${part} .error`);
  error.textContent = "";
  try {
    await act();
    await refresh();
  } catch (problem) {
    error.textContent = problem.message;
  }
}

const onCall = (text, act) => button(text, () => attempt("#call", act));

function partyRow(call, party) {
  const actions = element("span");
  const path = `/api/calls/${call}/parties/${party.party_id}`;
  if (party.in_conference) {
    actions.append(onCall(party.muted ? "取消静音" : "静音", () => api(path, "PATCH", { muted: !party.muted })));
  }
  if (party.role === "unit") actions.append(onCall("挂断", () => api(path, "DELETE")));
  return row([word(ROLES, party.role), party.name, party.joined_at ? "已接入" : "振铃", actions]);
}

async function showCall() {
  $("#call").hidden = !selected;
  if (!selected) return;
  const call = await told(`/api/calls/${selected}`);
  const live = call?.live;
  const holder = $("#parties");
  holder.replaceChildren();
  if (live) {
    holder.append(table("通话各方", ["角色", "名称", "状态", ""], live.parties.map((party) => partyRow(selected, party))));
    const path = `/api/calls/${selected}`;
    holder.append(
      onCall(live.phase === "consult" ? "恢复" : "保持", () => api(`${path}/hold`, "POST", { on: live.phase !== "consult" })),
      onCall("转接", () => api(`${path}/transfer`, "POST")),
      onCall("结束", () => api(`${path}/hangup`, "POST")),
    );
  }
  $("#summon").hidden = !live || !may("call.add_party");
  const events = call?.events.filter((event) => event.kind !== "legs") ?? [];
  $("#events").replaceChildren(...events.map((event) => element("li", `${cityTime(event.at)} ${word(EVENTS, event.kind)}`)));
  const messages = call?.recordings.filter((one) => one.kind === "message") ?? [];
  showMessages(may("recording.play") ? messages : []);
  const transcript = call && (await told(`/api/transcripts/${selected}`));
  // Not there yet: what is heard meanwhile stays.
  if (!transcript) return;
  $("#transcript").replaceChildren(...transcript.turns.map((turn) => element("li", `${word(ROLES, turn.role)}：${turn.text}`)));
}

// Played only when asked for: every look is in the audit log. One that is playing is left alone.
function showMessages(messages) {
  const holder = $("#messages");
  const shown = messages.map((one) => one.id).join(" ");
  if (holder.dataset.shown === shown) return;
  holder.dataset.shown = shown;
  holder.replaceChildren(
    ...messages.map((one) => {
      const item = element("li", `留言 ${Math.round(one.seconds)} 秒 `);
      item.append(element("audio", undefined, { controls: "", preload: "none", src: `/api/recordings/${one.id}` }));
      return item;
    }),
  );
}

// What is being said now: a text that is not final is replaced by the same party's next one.
function overheard({ call, party, role, text, final }) {
  if (call !== selected) return;
  const line = $(`#transcript [data-party="${CSS.escape(party)}"]`) ?? $("#transcript").appendChild(element("li"));
  line.textContent = `${word(ROLES, role)}：${text}`;
  if (final) line.removeAttribute("data-party");
  else line.setAttribute("data-party", party);
}

// An event's time comes as it was stored, in any zone.
const cityTime = (iso) => new Date(iso).toLocaleTimeString("zh-CN", { hour12: false, timeZone: "Asia/Shanghai" });

// What may be shown, or null for what is not there (yet) or not for this person.
async function told(path) {
  try {
    return await api(path);
  } catch (problem) {
    if (problem.status !== 404 && problem.status !== 403) throw problem;
    return null;
  }
}

async function refresh() {
  const parts = [
    may("queue.read") && showQueue(),
    may("call.list") && showCalls(),
    may("call.list") && showMissed(),
    showCall(),
    may("ticket.list") && showTickets(),
  ];
  await Promise.all(parts);
}

function refreshSoon() {
  refreshing ??= setTimeout(async () => {
    refreshing = null;
    await refresh().catch(() => {});
  }, 200);
}

function follow() {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const socket = new WebSocket(`${scheme}://${location.host}/api/live?epoch=${epoch}&after=${last}`);
  socket.onmessage = (message) => {
    const { epoch: run, n, topic, data } = JSON.parse(message.data);
    epoch = run ?? epoch;
    last = n;
    wait = 1000;
    dispatchEvent(new CustomEvent("live", { detail: { topic, data } }));
    if (topic === "text") return overheard(data);
    if (topic === "hello") $("#connection").textContent = "已连接";
    refreshSoon();
  };
  socket.onclose = async () => {
    $("#connection").textContent = "连接中断，正在重连";
    const ended = await api("/api/me").then(() => false, (problem) => problem.status === 401);
    if (ended) location.reload();
    setTimeout(follow, wait);
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  };
}

function showOwnState() {
  $("#own").hidden = !me.operator_id || !may("operator.state");
  const set = (state, reason = "") => attempt("#queue", () => api(`/api/operators/${me.operator_id}/state`, "PUT", { state, reason }));
  const reason = $("#own select");
  $("#own").addEventListener("submit", (event) => {
    event.preventDefault();
    const state = event.submitter.value;
    set(state, state === "paused" ? reason.value : "");
  });
}

// The phone in the browser is a file of its own, there once it was built.
async function showPhone() {
  const section = $("#phone");
  section.hidden = !me.browser_phone;
  if (!me.browser_phone) return;
  try {
    const { openPhone } = await import("/static/phone.bundle.js");
    openPhone(section, me.operator_id, { api, select });
  } catch {
    section.append(element("p", "浏览器电话尚未安装：请管理员在服务器上运行 make phone，然后刷新本页。"));
  }
}

async function enter() {
  me = await api("/api/me");
  $("#who").textContent = me.name;
  $("#logout").hidden = false;
  $("#login").hidden = true;
  $("main").hidden = false;
  $("#queue").hidden = !may("queue.read");
  $("#calls-part").hidden = !may("call.list");
  $("#tickets-part").hidden = !may("ticket.list");
  const units = await api("/api/units");
  const inService = units.filter((unit) => unit.active);
  $("#summon select").replaceChildren(...inService.map((unit) => element("option", unit.name, { value: unit.id })));
  setUp(me, units);
  showOwnState();
  await refresh();
  await showPhone();
  if (may("live.follow")) follow();
  else $("#connection").textContent = "已登录";
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
  attempt("#call", () => api(`/api/calls/${selected}/parties`, "POST", { unit_id: unit, mode: event.submitter.value }));
});

enter().catch((problem) => {
  $("#login").hidden = false;
  if (problem.status !== 401) $("#login .error").textContent = problem.message;
});
