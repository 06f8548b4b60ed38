// A line of the audit log in words, and the lines as a table for elsewhere. Pure.
import type { AuditLine } from "@/api/types";
import { t } from "@/i18n";
import { ACTIONS, word } from "@/shared/words";

const ACTION: Readonly<Record<string, string>> = {
  "recording.play": "收听录音", "transcript.read": "查看转写", "ticket.read": "查看工单", "ticket.caller": "查看来电人",
  "operator.phone": "取得电话账号", "report.export": "导出报表", "call.callback": "记录回拨", "webhook.add": "登记推送",
  "webhook.remove": "取消推送",
  "report.order": "定时发送报表", "report.cancel": "停止发送报表", "report.mail": "邮件发送报表",
  "menu.change": "更改语音菜单", "prompt.change": "更换提示音", "calendar.change": "更改节假日", "user.add": "新建账号", "user.change": "更改账号", "user.disable": "停用账号", "call.listen_in": "监听",
  login: "登录", "login.refused": "登录被拒",
};
const KINDS: Readonly<Record<string, string>> = {
  ticket: "工单", call: "通话", recording: "录音", operator: "话务员", report: "报表", "report-mail": "定时报表", calendar: "工作日历", menu: "语音菜单", prompt: "提示音", webhook: "推送", user: "账号", unit: "单位",
};

export function actionOf(action: string): string {
  const known = ACTION[action];
  if (known) return t(known);
  const [kind = "", what = ""] = action.split(".");
  return ACTIONS[what.replaceAll("_", "-")] ? `${t(KINDS[kind] ?? kind)} ${word(ACTIONS, what.replaceAll("_", "-"))}` : action;
}

export function subjectOf(subject: string): string {
  const [kind = "", ...rest] = subject.split(":");
  return [KINDS[kind] ? t(KINDS[kind]) : kind, rest.join(":")].filter(Boolean).join(" ");
}

/** Where the thing itself can be looked at; empty where it cannot. */
export function subjectLink(subject: string): string {
  const [kind = "", ...rest] = subject.split(":");
  const id = encodeURIComponent(rest.join(":"));
  return { ticket: `/ticket/${id}`, report: `/reports/${id}` }[kind] ?? "";
}

/** RFC 4180; a cell that a table program would take for a formula is kept from being one. */
export function csvOf(lines: readonly AuditLine[]): string {
  const rows = lines.map((one) => [one.at, one.user_name, one.role, one.address ?? "", one.action, one.subject, JSON.stringify(one.detail)]);
  return [["at", "user", "role", "address", "action", "subject", "detail"], ...rows].map((row) => row.map(quoted).join(",")).join("\r\n");
}

function quoted(cell: string): string {
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return `"${safe.replaceAll('"', '""')}"`;
}
