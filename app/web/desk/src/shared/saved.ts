// Which of somebody's saved searches belong to a page. Pure.
import type { SavedView } from "@/api/types";

/** The searches of pages whose address is `place` or lies beneath it. */
export const within = (views: readonly SavedView[], place: string): SavedView[] =>
  views.filter(({ path }) => {
    const page = path.split("?", 1)[0] ?? "";
    return page === place || page.startsWith(`${place}/`);
  });
