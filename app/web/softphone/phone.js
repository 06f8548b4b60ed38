// The operator's phone in the browser: a panel of the console, over JsSIP. `make phone` bundles it.
import { UA, WebSocketInterface } from "jssip";

const CATEGORIES = { consult: "咨询", suggestion: "建议", complaint: "投诉举报", help: "求助" };
const FAULTS = {
  "User Denied Media Access": "麦克风不可用，未能接听",
  "WebRTC Error": "浏览器未能建立语音",
  "RTP Timeout": "语音连接中断",
};
const REGISTER_S = 120;
const RETRY_MS = 5000;

/**
 * Fills `section` with the phone of the operator with this id.
 * `api(path, method, body)` asks the hotline, `select(call)` shows a call in the console.
 */
export function openPhone(section, operator, { api, select }) {
  const panel = fill(section);
  const path = `/api/operators/${operator}`;
  let ua = null;
  let session = null;
  let ringingCall = "";
  let stopRinging = () => {};

  function show(text) {
    panel.status.textContent = text;
    panel.online.hidden = ua !== null;
    panel.offline.hidden = ua === null || session !== null;
    panel.answer.hidden = !session || session.isEstablished();
    panel.hangUp.hidden = !session;
    panel.mute.hidden = !session?.isEstablished();
    panel.mute.textContent = session?.isMuted().audio ? "取消静音" : "静音";
  }

  async function goOnline() {
    if (!navigator.mediaDevices) throw new Error("只有在 https 页面上，浏览器才允许使用麦克风");
    // Asked for now, so that no question of the browser's stands between a caller and the answer.
    const trial = await navigator.mediaDevices.getUserMedia({ audio: true });
    trial.getTracks().forEach((track) => track.stop());
    const { websocket, uri, realm, ha1 } = await api(`${path}/phone`);
    const sockets = [new WebSocketInterface(websocket)];
    ua = new UA({ sockets, uri, realm, ha1, register_expires: REGISTER_S, session_timers: false });
    ua.once("registered", () => attempt(() => api(`${path}/state`, "PUT", { state: "ready" })));
    ua.on("registered", () => show(session ? "通话中" : "已上线，等待来电"));
    ua.on("registrationFailed", notRegistered);
    ua.on("disconnected", () => ua && show("与电话服务器的连接中断，正在重连"));
    ua.on("newRTCSession", ({ session: call, originator }) => originator === "remote" && ring(call));
    show("正在上线");
    ua.start();
  }

  async function goOffline() {
    stop();
    await api(`${path}/state`, "PUT", { state: "away" });
  }

  // Hangs up, unregisters, closes the connection.
  function stop() {
    const stopping = ua;
    ua = null;
    stopping?.stop();
    show("未上线");
  }

  function fail(text) {
    stop();
    panel.error.textContent = text;
  }

  // A refusal is final; whatever else went wrong must not end a conversation.
  function notRegistered({ response, cause }) {
    if (response && !session) fail(`电话服务器拒绝注册：${cause}`);
    else setTimeout(() => ua?.register(), RETRY_MS);
  }

  function ring(call) {
    if (session) return call.terminate({ status_code: 486 });
    session = call;
    stopRinging = tone();
    panel.caller.textContent = `来电 ${call.remote_identity.uri.user}`;
    call.on("peerconnection", ({ peerconnection }) =>
      peerconnection.addEventListener("track", ({ streams }) => (panel.audio.srcObject = streams[0])),
    );
    for (const change of ["confirmed", "muted", "unmuted"]) call.on(change, () => show("通话中"));
    for (const end of ["ended", "failed"]) call.on(end, ({ cause }) => over(cause));
    show("来电振铃");
    describe();
  }

  function answer() {
    stopRinging();
    session.answer({ mediaConstraints: { audio: true, video: false }, pcConfig: { iceServers: [] } });
    show("正在接听");
  }

  function over(cause) {
    stopRinging();
    session = null;
    ringingCall = panel.caller.textContent = "";
    panel.audio.srcObject = null;
    panel.error.textContent = FAULTS[cause] ?? "";
    show(ua ? "已上线，等待来电" : "未上线");
  }

  // The hotline knows more of a ringing call than the call itself says: the key that the caller pressed.
  async function describe() {
    if (!session || !ringingCall) return;
    const described = session;
    const call = await api(`/api/calls/${ringingCall}`);
    if (session !== described) return;
    const category = call.events.findLast((event) => event.kind === "queued")?.data.category;
    panel.caller.textContent = `来电 ${call.caller || "匿名"} · ${CATEGORIES[category] ?? "未选类别"}`;
    await select(call.id);
  }

  function live({ detail: { topic, data } }) {
    if (!ua || topic !== "calls" || data.kind !== "operator-ringing" || data.data.operator !== operator) return;
    ringingCall = data.call_id;
    attempt(describe);
  }

  async function attempt(act) {
    panel.error.textContent = "";
    try {
      await act();
    } catch (problem) {
      const text = problem.name === "NotAllowedError" ? "浏览器不允许使用麦克风" : problem.message;
      if (session) panel.error.textContent = text;
      else fail(text);
    }
  }

  panel.online.addEventListener("click", () => attempt(goOnline));
  panel.offline.addEventListener("click", () => attempt(goOffline));
  panel.answer.addEventListener("click", answer);
  panel.hangUp.addEventListener("click", () => session.terminate());
  panel.mute.addEventListener("click", () => (session.isMuted().audio ? session.unmute() : session.mute()));
  addEventListener("live", live);
  addEventListener("beforeunload", (event) => session?.isEstablished() && event.preventDefault());
  addEventListener("pagehide", () => {
    if (!ua) return;
    const headers = { "Content-Type": "application/json" };
    fetch(`${path}/state`, { method: "PUT", headers, body: '{"state": "away"}', keepalive: true });
    stop();
  });
  show("未上线");
}

function fill(section) {
  const panel = {
    status: made("p", { ariaLive: "polite" }),
    caller: made("p", { ariaLive: "assertive", className: "caller" }),
    online: made("button", { type: "button", textContent: "上线" }),
    offline: made("button", { type: "button", textContent: "下线" }),
    answer: made("button", { type: "button", textContent: "接听" }),
    hangUp: made("button", { type: "button", textContent: "挂断" }),
    mute: made("button", { type: "button" }),
    error: made("p", { className: "error", role: "alert" }),
    audio: made("audio", { autoplay: true }),
  };
  section.append(...Object.values(panel));
  return panel;
}

function made(tag, properties) {
  return Object.assign(document.createElement(tag), properties);
}

// The ringing tone that telephones in China have: 450 Hz, one second in five. Returns what ends it.
function tone() {
  const context = new AudioContext();
  const volume = new GainNode(context);
  const sound = new OscillatorNode(context, { frequency: 450 });
  sound.connect(volume).connect(context.destination);
  for (let at = 0; at < 120; at += 5) {
    volume.gain.setValueAtTime(0.1, at);
    volume.gain.setValueAtTime(0, at + 1);
  }
  sound.start();
  return () => context.state !== "closed" && context.close();
}
