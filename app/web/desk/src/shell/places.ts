// Where each role can go, in the order in which it needs it.
import { Bell, Connection, DataAnalysis, DataBoard, Document, Headset, Notebook, OfficeBuilding, PhoneFilled, Reading, Setting, View } from "@element-plus/icons-vue";
import type { Component } from "vue";
import type { Me } from "@/session";

export interface Place {
  to: string;
  title: string;
  icon: Component;
  /** Name of a live count that is shown beside it. */
  count?: string;
}

export function places(me: Me): Place[] {
  const may = (right: string): boolean => me.rights.includes(right);
  const unit = me.role === "unit";
  const all: Array<Place | false> = [
    Boolean(me.operator_id) && { to: "/operator", title: "话务台", icon: Headset },
    unit && { to: "/unit", title: "待办", icon: Bell },
    may("queue.read") && me.role !== "operator" && { to: "/wall", title: "指挥大屏", icon: DataBoard },
    may("ticket.list") && { to: unit ? "/tickets/all" : "/tickets/to-dispatch", title: "工单", icon: Document },
    may("call.list") && { to: "/calls", title: "通话", icon: PhoneFilled },
    may("call.callback") && { to: "/missed", title: "回拨", icon: Connection },
    may("unit.list") && { to: "/units", title: "通讯录", icon: OfficeBuilding },
    unit && { to: "/unit/roster", title: "值班", icon: Notebook },
    may("report.read") && { to: "/reports", title: "报表", icon: DataAnalysis },
    may("ticket.list") && { to: "/regulation", title: "办法", icon: Reading },
    may("audit.read") && { to: "/audit", title: "审计", icon: View },
    may("webhook.change") && { to: "/admin/system", title: "管理", icon: Setting },
  ];
  return all.filter((one) => one !== false);
}
