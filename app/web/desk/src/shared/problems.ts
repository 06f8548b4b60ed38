// What every error of the server means to the person who gets it, by its stable code.
import { ApiError, get, UNREACHED } from "@/api/client";
import { language, t } from "@/i18n";
import { cited } from "./articles";
import { FIELDS, word } from "./words";

interface Words {
  code: string;
  zh: string;
  en: string;
}

let words: ReadonlyMap<string, Words> = new Map();

/** The words of every code: the server has them in both languages, so that none can be missing here. */
export async function learn(): Promise<void> {
  const known = await get<Words[]>("/api/problem-codes").catch((): Words[] => []);
  words = new Map(known.map((one) => [one.code, one]));
}

const filled = (text: string, args: Record<string, string | number>): string => text.replace(/\{(\w+)\}/g, (_, name: string) => String(args[name] ?? ""));

// For an answer without a code, as a proxy in front of the server may give one.
const BY_STATUS: Readonly<Record<number, string>> = {
  [UNREACHED]: "连不上服务器，请检查网络；已填写的内容不会丢失",
  400: "请求格式有误",
  401: "用户名或密码不正确",
  403: "您的角色无权进行此操作",
  404: "没有找到，或不在您的权限范围内",
  409: "目前不能这样办理",
  410: "文件已不存在",
  413: "内容过大",
  422: "填写的内容不符合要求",
  429: "操作过于频繁，请稍后再试",
  500: "服务器出错，已记入日志",
  502: "电话服务器出错",
  503: "服务暂时不可用，请稍后再试",
};

/** The words of a code in the person's language; undefined for a code that is not known. */
export function wordsOf(code: string): string | undefined {
  const known = words.get(code);
  return known && (language() === "en" ? known.en : known.zh);
}

/** What the problem is, without the fields in which it lies. */
export function plainly({ problem, status }: ApiError): string {
  const known = words.get(problem.code ?? "");
  return known ? filled(language() === "en" ? known.en : known.zh, problem.args ?? {}) : t(BY_STATUS[status] ?? "服务器出错，已记入日志");
}

/** The error in the person's language, with the article where a regulation refused. */
export function explain(error: unknown): string {
  if (!(error instanceof ApiError)) return error instanceof Error && error.name === "NotAllowedError" ? t("浏览器不允许使用麦克风") : t("页面出错，请刷新后再试");
  const { problem } = error;
  const fields = (problem.errors ?? []).map((one) => `${word(FIELDS, one.field?.split(".").at(-1))}`).filter(Boolean);
  const where = fields.length ? `：${[...new Set(fields)].join("、")}` : "";
  const article = problem.article ? `（${cited(problem.article, language())}）` : "";
  return `${plainly(error)}${where}${article}`;
}
