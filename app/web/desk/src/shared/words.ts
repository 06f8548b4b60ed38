// The words for what the service knows by English names, in Chinese; en.ts has the English of each.
import { t } from "@/i18n";

export type Words = Readonly<Record<string, string>>;

export const STATES: Words = {
  ready: "示闲", paused: "示忙", ringing: "振铃", talking: "通话", "wrap-up": "话后整理", offline: "离席", away: "离席",
};

export const ROLES: Words = {
  citizen: "市民", operator: "话务员", unit: "成员单位", service: "应急服务", supervisor: "班长", system: "系统",
  back_office: "后台", auditor: "审计员", admin: "管理员", front_desk: "前台", leader: "分管领导", unit_head: "单位负责人",
  discipline: "纪检监察",
};

export const PLACES: Words = {
  menu: "语音菜单", queue: "排队", talk: "通话中", consult: "咨询中", hold: "保持中", ringing: "振铃", listen: "监听", after: "评价中",
  gone: "已离开",
};

export const PHASES: Words = {
  calling: "正在呼叫", menu: "语音菜单", queue: "排队", direct: "通话中", talking: "通话中", moving: "转入会议", conference: "三方通话", consult: "咨询中",
  transferred: "已转接", hold: "保持中", ended: "已结束",
};

export const CATEGORIES: Words = {
  consult: "咨询", suggestion: "建议批评", complaint: "投诉举报", report_economic: "举报经济问题", help: "求助",
  help_public: "求助（公共服务）", help_life: "求助（生活服务）", help_emergency: "求助（应急）", progress: "工单查询", operator: "人工",
};

export const TICKET_CATEGORIES = [
  "consult", "suggestion", "complaint", "report_economic", "help_public", "help_life", "help_emergency",
] as const;

export const STATUSES: Words = {
  received: "待交办", answered: "已当场答复", referred: "已指引", dispatched: "待签收", accepted: "办理中",
  return_requested: "申请退回", returned: "已退回", reported: "待回访", satisfied: "回访满意", dissatisfied: "回访不满意",
  unreachable: "回访未接通", closed: "已办结", provisionally_closed: "暂时办结", archived: "已归档", merged: "已合并", replaced: "已改派",
};

export const ACTIONS: Words = {
  "head-read": "负责人亲自阅批", explain: "说明原因", "move-limits": "时限顺延", receive: "受理", correct: "更正", answer: "当场答复", refer: "不予受理并指引", dispatch: "交办", accept: "签收", inform: "收件告知",
  report: "报结", return: "退回", "approve-return": "同意退回", "reject-return": "不同意退回", extend: "申请延期",
  "request-extension": "申请延期", "approve-extension": "同意延期", "reject-extension": "不同意延期", urge: "催办",
  supervise: "督办", escalate: "上报", "follow-up": "回访", redo: "重办", close: "办结", archive: "归档", merge: "合并", publish: "公开",
  hold: "保持", "hand-over": "转接", "add-party": "三方通话", record: "录音", hangup: "挂断", listen: "监听", whisper: "耳语",
  barge: "强插", take: "接管",
};

/** What can happen to a call. */
export const EVENTS: Words = {
  started: "来电", identified: "来电身份", language: "选择语言", key: "按键", "menu-fallback": "备用菜单", queued: "进入排队", "operator-ringing": "话务员振铃",
  "operator-no-answer": "话务员未接", "operator-joined": "话务员接入", "citizen-joined": "对方接通", "operator-left": "话务员离开",
  "attempt-started": "呼叫成员单位", "attempt-answered": "成员单位摘机", "attempt-ended": "呼叫成员单位完毕",
  "unit-joined": "成员单位接入", "unit-left": "成员单位离开", "operator-wanted": "请求话务员", "handed-over": "转接", "transfer-refused": "话机转接未成：号码不在通讯录", "came-back": "转接未成，退回排队", supervised: "班长介入",
  moved: "转入会议", muted: "静音", unmuted: "取消静音",
  held: "保持", resumed: "恢复", "recording-paused": "暂停录音", "recording-resumed": "恢复录音", message: "留言",
  callback: "请求回拨", fault: "故障", satisfaction: "满意度评价", legs: "录音轨", ended: "挂机",
};

/** Why the hotline calls somebody. */
export const REASONS: Words = { "call-back": "回拨", inform: "告知", "follow-up": "回访", urge: "催办", contact: "联系", other: "其他" };
/** What became of a call that the hotline makes. */
export const REACHED: Words = {
  person: "已接通", machine: "应答后无人按键", busy: "占线", "no-answer": "无人接听", "switched-off": "关机或无法接通", "wrong-number": "空号",
  refused: "被拒接", failed: "线路故障", "given-up": "呼叫中挂机", "not-dialled": "未拨出",
};
export const OUTCOMES: Words = {
  "not-reached": "未接通", "wrong-number": "空号", refused: "被拒接",
  accepted: "已接入", declined: "拒接", "no-answer": "无人接听", no_answer: "无人接听", busy: "占线", failed: "呼叫失败",
  cancelled: "已取消", "no-key": "未按键确认", no_key: "未按键确认", ringing: "振铃中", answered: "已摘机", joined: "已接入",
  conversation: "已接通", missed: "未接通", menu: "在菜单中挂机", queue: "在排队中挂机", unreachable: "无法接通", left: "来电人先挂机",
};

/** Lists of callers that cities keep under these names; others are shown as they are called. */
export const CALLER_LISTS: Words = { nuisance: "骚扰来电", elderly: "老年人", vip: "重点关注", deaf: "听障人士" };

export const POSTS: Words = { A: "A岗", B: "B岗", leader: "分管领导", duty: "值班电话", line: "服务电话" };

const UNIT_FIELDS: Words = {
  name: "姓名", tier: "层级", parent: "上级单位", remit: "职责", keywords: "关键词", note: "备注", filled_by: "填报人", filled_by_phone: "填报人电话",
  title: "职务", phone: "办公电话", mobile: "手机", fax: "传真", hours: "值班时间",
};

/** A field of a unit as a registration form names it: `tier`, or `A.mobile` of a post. */
export function unitField(field: string): string {
  const [post, name] = field.includes(".") ? field.split(".") : ["", field];
  return post ? `${word(POSTS, post)} ${word(UNIT_FIELDS, name)}` : field === "name" ? t("单位名称") : word(UNIT_FIELDS, name);
}

export const COVERAGE: Words = { run: "系统执行", told: "系统提醒", people: "由人执行" };

export const LIMITS: Words = {
  dispatch_by: "交办", inform_by: "告知来电人", report_by: "办理", return_by: "退回", follow_up_by: "回访", close_by: "办结", explain_by: "说明原因",
};

export const FIELDS: Words = {
  text: "答复内容", how: "方式", satisfaction: "满意度", consent: "来电人同意转接收费服务", reason: "理由", to: "去向", passed_to: "来电接转至",
  units: "承办单位", unit_ids: "承办单位", limit: "办理时限", unit: "单位", reply: "答复", signer: "签发人", handler: "承办人",
  replied_at: "答复时间", citizen_answered: "已答复群众", suggested_unit: "建议转办单位", working_days: "延长工作日",
  until: "延至", measures: "已采取的办理措施", signed_by: "负责人签字", legal_basis: "法规依据", result: "回访结果",
  solvable: "能否解决", note: "备注", into: "并入工单", content: "诉求内容", category: "类别", urgency: "紧急程度",
  source: "来源", place: "地点", persons: "涉及人员", happened_at: "发生时间", request: "诉求事项", name: "姓名",
  phone: "联系电话", address: "单位或住址", anonymous: "不愿具名", channel: "渠道", caller: "来电人", answer_wanted: "需要答复",
  repeats: "重复诉求次数",
};

export const VALUES: Words = {
  direct: "直接", three_way: "三方通话", transfer: "转接", joint: "联合", assigned: "指定", system: "系统", written: "书面",
  on_site: "现场", satisfied: "满意", basically_satisfied: "基本满意", dissatisfied: "不满意", unreachable: "未接通",
  now: "现在能解决", later: "以后能解决", never: "不能解决", ordinary: "一般", urgent: "紧急", major: "重大", citizen: "群众",
  leader: "领导批示", superior: "上级交办", phone: "电话", lead: "牵头", assisting: "协办", web: "网站", wechat: "微信", visit: "来访",
  ...CATEGORIES,
};

/** The word for a name; a name without a word stands for itself. */
export const word = (words: Words, name: string | null | undefined): string => (name ? t(words[name] ?? name) : "");
