// The Chinese words for what the service knows by English names.

export const STATES = { ready: "示闲", paused: "示忙", ringing: "振铃", talking: "通话", "wrap-up": "话后", offline: "离线" };
export const ROLES = { citizen: "市民", operator: "话务员", unit: "成员单位" };

export const CATEGORIES = {
  consult: "咨询", suggestion: "建议批评", complaint: "投诉举报", report_economic: "举报经济问题",
  help_public: "求助（公共服务）", help_life: "求助（生活服务）", help_emergency: "求助（应急）",
};

export const STATUSES = {
  received: "已受理", answered: "已当场答复", referred: "已指引", dispatched: "已交办", accepted: "办理中",
  return_requested: "申请退回", returned: "已退回待交办", reported: "已报结", satisfied: "回访满意",
  dissatisfied: "回访不满意", unreachable: "回访未接通", closed: "已办结", provisionally_closed: "暂时办结",
  archived: "已归档", merged: "已合并",
};

// By the last part of their path.
export const ACTIONS = {
  correct: "更正", answer: "当场答复", refer: "不予受理并指引", dispatch: "交办", accept: "签收", inform: "收件告知",
  "head-read": "负责人亲自阅批", explain: "说明原因", "move-limits": "时限顺延",
  report: "报结", return: "退回", "approve-return": "同意退回", "reject-return": "不同意退回", extend: "申请延期",
  "approve-extension": "同意延期", "reject-extension": "不同意延期", urge: "催办", supervise: "督办", escalate: "上报",
  "follow-up": "回访", redo: "重办", close: "办结", archive: "归档", merge: "合并", publish: "公开",
  receive: "受理", "request-extension": "申请延期",
};

export const EVENTS = {
  started: "来电", identified: "来电身份", key: "按键", language: "选择语言", "menu-fallback": "备用菜单", queued: "排队", "operator-ringing": "话务员振铃",
  "operator-no-answer": "话务员未接", "operator-joined": "话务员接入", "operator-left": "话务员离开",
  "attempt-started": "呼叫成员单位", "attempt-answered": "成员单位摘机", "attempt-ended": "呼叫成员单位完毕",
  "unit-joined": "成员单位接入", "unit-left": "成员单位离开", moved: "转入会议", muted: "静音", unmuted: "取消静音",
  held: "保持", resumed: "恢复", "recording-paused": "暂停录音", "recording-resumed": "恢复录音", message: "留言",
  callback: "请求回拨", fault: "故障", satisfaction: "评价", legs: "录音轨", ended: "挂机",
};

export const FIELDS = {
  text: "答复内容", how: "方式", satisfaction: "满意度", consent: "来电人同意转接收费服务", reason: "理由", to: "去向", passed_to: "来电接转至",
  units: "承办单位（第一个为牵头）", limit: "时限", unit: "单位", reply: "答复", signer: "签发人", handler: "承办人",
  replied_at: "答复时间", citizen_answered: "已答复群众", suggested_unit: "建议转办单位", working_days: "延长工作日",
  until: "延至", measures: "办理措施", signed_by: "负责人签字", legal_basis: "法规依据", result: "回访结果",
  solvable: "能否解决", note: "备注", into: "并入工单", content: "诉求内容", category: "类别", urgency: "紧急程度",
  source: "来源", place: "地点", persons: "人物", happened_at: "时间", request: "诉求事项", name: "来电人姓名",
  phone: "联系电话", address: "单位或住址", anonymous: "不愿具名",
};

export const VALUES = {
  direct: "直接", three_way: "三方通话", transfer: "转接", joint: "联合", assigned: "指定", system: "系统",
  written: "书面", on_site: "现场", satisfied: "满意", basically_satisfied: "基本满意", dissatisfied: "不满意",
  unreachable: "未接通", now: "现在能", later: "以后能", never: "不能", ordinary: "一般", urgent: "紧急", major: "重大",
  citizen: "群众", leader: "领导批示", superior: "上级交办", ...CATEGORIES, phone: "电话",
};

export const LIMITS = {
  dispatch_by: "交办", inform_by: "告知", report_by: "办理", return_by: "退回", follow_up_by: "回访", close_by: "办结",
  explain_by: "说明原因",
};

// What a person may not do is said by the service in English; screens are in Chinese.
export const word = (words, name) => words[name] ?? name ?? "";
