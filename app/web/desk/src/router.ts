// Every page has an address; what a role may not open sends it to its own first page.
import { createRouter, createWebHistory, type RouteLocationNormalized, type RouteRecordRaw } from "vue-router";
import { may, open, session } from "./session";

declare module "vue-router" {
  interface RouteMeta {
    /** The right somebody needs to open the page. */
    right?: string;
    title?: string;
  }
}

const routes: RouteRecordRaw[] = [
  { path: "/", name: "home", redirect: () => home() },
  { path: "/operator", component: () => import("./operator/OperatorPage.vue"), meta: { title: "话务台" } },
  { path: "/tickets/new", component: () => import("./tickets/NewTicketPage.vue"), meta: { right: "ticket.create", title: "新建工单" } },
  { path: "/tickets/:list", component: () => import("./tickets/ListPage.vue"), props: true, meta: { right: "ticket.list", title: "工单" } },
  { path: "/ticket/:number", component: () => import("./tickets/TicketPage.vue"), props: true, meta: { right: "ticket.read", title: "工单" } },
  { path: "/calls", component: () => import("./supervisor/CallsPage.vue"), meta: { right: "call.list", title: "通话" } },
  { path: "/call/:id", component: () => import("./supervisor/CallPage.vue"), props: true, meta: { right: "call.read", title: "通话" } },
  { path: "/dialler", component: () => import("./dialler/DiallerPage.vue"), meta: { right: "outbound.list", title: "自动外呼" } },
  { path: "/missed", component: () => import("./operator/MissedPage.vue"), meta: { right: "call.callback", title: "漏接回拨" } },
  { path: "/person/:phone", component: () => import("./operator/PersonPage.vue"), props: true, meta: { right: "ticket.caller", title: "来电人" } },
  { path: "/units", component: () => import("./unit/DirectoryPage.vue"), meta: { right: "unit.list", title: "通讯录" } },
  { path: "/units/import", component: () => import("./unit/ImportPage.vue"), meta: { right: "unit.change", title: "导入通讯录与值班表" } },
  { path: "/unit", component: () => import("./unit/UnitPage.vue"), meta: { title: "本单位" } },
  { path: "/unit/rings", component: () => import("./unit/RingsPage.vue"), meta: { right: "duty.read", title: "呼叫记录" } },
  { path: "/unit/roster", component: () => import("./unit/RosterPage.vue"), meta: { right: "duty.read", title: "值班表" } },
  { path: "/wall", component: () => import("./supervisor/WallPage.vue"), meta: { right: "queue.read", title: "指挥大屏" } },
  { path: "/reports", component: () => import("./reports/ReportsPage.vue"), meta: { right: "report.read", title: "报表" } },
  { path: "/reports/:name", component: () => import("./reports/ReportPage.vue"), props: true, meta: { right: "report.read", title: "报表" } },
  { path: "/regulation", component: () => import("./reports/RegulationPage.vue"), meta: { title: "办法" } },
  { path: "/audit", component: () => import("./audit/AuditPage.vue"), meta: { right: "audit.read", title: "审计" } },
  { path: "/admin/:section", component: () => import("./admin/AdminPage.vue"), props: true, meta: { title: "系统管理" } },
  { path: "/:rest(.*)", component: () => import("./shell/NotFoundPage.vue"), meta: { title: "没有这个页面" } },
];

const HOMES = {
  operator: "/operator", back_office: "/tickets/to-dispatch", unit: "/unit", supervisor: "/wall", auditor: "/audit", admin: "/admin/system",
} as const;

/** Where a person begins; who takes no calls has no telephone's page. */
function home(): string {
  const me = session.me;
  if (!me) return "/operator";
  return me.role === "operator" && !me.operator_id ? "/tickets/to-dispatch" : HOMES[me.role];
}

export const router = createRouter({
  history: createWebHistory("/desk/"),
  routes,
  scrollBehavior: (_to, _from, kept) => kept ?? { top: 0 },
});

router.beforeEach(async (to) => {
  await open().catch(() => null);
  return session.me && !fits(to) ? home() : true;
});

/** Somebody has logged in: on to the page that was asked for, or the first one of the role. */
export function enter(): void {
  if (!fits(router.currentRoute.value)) void router.replace(home());
}

function fits(to: RouteLocationNormalized): boolean {
  if (to.path === "/operator") return Boolean(session.me?.operator_id) && session.me?.role !== "unit";
  return to.path !== "/" && (!to.meta.right || may(to.meta.right));
}
