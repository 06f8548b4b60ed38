// How often reports go out by mail, and the addresses in what somebody typed.
import type { ReportMail } from "@/api/types";

export type Rhythm = ReportMail["rhythm"];

export const RHYTHMS: Readonly<Record<Rhythm, string>> = { day: "每天（前一天）", week: "每周一（上一周）", month: "每月1日（上个月）" };

/** Each once, in the order typed; parted by commas, semicolons (of either width), enumeration commas or spaces. */
export const addressesIn = (typed: string): string[] => [...new Set(typed.split(/[\s,;，；、]+/).filter(Boolean))];
