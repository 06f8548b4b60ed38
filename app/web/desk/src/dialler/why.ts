// Why a wanted call is made now, or not yet.
import type { Words } from "@/shared/words";

export const WHY: Words = {
  now: "现在拨打", done: "已完成", exhausted: "次数已用完", never: "免呼", stopped: "已停止", paused: "已暂停", "not-before": "未到时间",
  gap: "间隔未到", day: "今天已拨够", hours: "不在允许时段", "in-call": "正在通话", lines: "线路已满", ceiling: "同时外呼已满", operators: "没有空闲话务员",
};
