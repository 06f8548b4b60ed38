// The languages of the desk: a Chinese text is its own key, and en.ts has the English for each.
import { createI18n } from "vue-i18n";
import en from "./en";

export type Language = "zh-CN" | "en";
const KEPT = "desk-language";

function preferred(): Language {
  return globalThis.localStorage?.getItem(KEPT) === "en" ? "en" : "zh-CN";
}

export const i18n = createI18n({
  legacy: false,
  locale: preferred(),
  fallbackLocale: false,
  messages: { "zh-CN": {}, en },
  // A key contains full stops and colons of its own; it is no path.
  messageResolver: (messages: unknown, key: string) => (messages as Record<string, string>)[key] ?? null,
  fallbackFormat: true,
  missingWarn: false,
  fallbackWarn: false,
});

export const language = (): Language => i18n.global.locale.value as Language;

/** The text in the language of the person; `values` fill `{name}` in it. */
export function t(text: string, values: Record<string, string | number> = {}): string {
  return i18n.global.t(text, values);
}

export function speak(chosen: Language): void {
  i18n.global.locale.value = chosen;
  document.documentElement.lang = chosen;
  localStorage.setItem(KEPT, chosen);
}
