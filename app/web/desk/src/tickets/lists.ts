// The work lists, and who works on which.
import type { Role } from "@/session";

export interface List {
  name: string;
  title: string;
  /** Whether a count there is bad news. */
  alarm?: boolean;
}

const LISTS: Readonly<Record<string, List>> = Object.fromEntries(
  [
    { name: "to-dispatch", title: "待交办" },
    { name: "returned", title: "退回待定" },
    { name: "extensions", title: "延期待批" },
    { name: "due-soon", title: "即将到期" },
    { name: "late", title: "已逾期", alarm: true },
    { name: "to-follow-up", title: "待回访" },
    { name: "to-close", title: "待办结" },
    { name: "supervised", title: "督办中" },
    { name: "to-accept", title: "待签收" },
    { name: "open", title: "未办结" },
    { name: "mine", title: "我经手的" },
    { name: "all", title: "全部" },
  ].map((list) => [list.name, list]),
);

const OFFICE = ["to-dispatch", "returned", "extensions", "due-soon", "late", "to-follow-up", "to-close", "supervised", "open", "mine", "all"];
const BY_ROLE: Readonly<Record<Role, string[]>> = {
  operator: ["to-dispatch", "returned", "to-follow-up", "due-soon", "late", "mine", "all"],
  back_office: OFFICE,
  supervisor: OFFICE,
  unit: ["to-accept", "open", "due-soon", "late", "returned", "extensions", "supervised", "all"],
  auditor: ["late", "supervised", "open", "all"],
  admin: [],
};

export const listsOf = (role: Role): List[] => BY_ROLE[role].map((name) => LISTS[name]).filter((one) => one !== undefined);

/** Statuses in which nothing more is to be done. */
export const DONE: ReadonlySet<string> = new Set(["closed", "provisionally_closed", "archived", "merged", "answered", "referred"]);
