// Whatever is said in Chinese can be said in English too.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import en from "./en";

const HAN = /\p{Script=Han}/u;
const NO_TEXT = /\.test\.ts$|(^|\/)en\.ts$|pinyin\.ts$/;
// The name of a language in itself.
// Chinese by nature: the language's name, numerals.
const NOT_TRANSLATED = new Set(["中文", "零一二三四五六七八九", "十"]);

/** The Chinese texts of the sources: string literals, outside of comments. */
function texts(): string[] {
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf-8" });
  const sources = files.filter((name) => /\.(ts|vue)$/.test(name) && !NO_TEXT.test(name)).map((name) => readFileSync(join(import.meta.dirname, name), "utf-8"));
  const said = sources.flatMap((source) => {
    const bare = source.replaceAll(/^\s*(\/\/|\*|\/\*).*$/gm, "");
    return ['"', "'"].flatMap((quote) => [...bare.matchAll(new RegExp(`${quote}([^${quote}\\\\\\n]*)${quote}`, "g"))].map((match) => match[1] ?? ""));
  });
  return [...new Set(said.filter((text) => HAN.test(text) && !/["'`()<>[\]]/.test(text) && !/[{}]/.test(text.replaceAll(/\{\w+\}/g, ""))))];
}

it("every text has its English, with the same places to fill", () => {
  const wanted = texts();
  expect(wanted.length).toBeGreaterThan(400);
  expect(wanted.filter((text) => !(text in en) && !NOT_TRANSLATED.has(text))).toEqual([]);
  const places = (text: string): string => (text.match(/\{\w+\}/g) ?? []).sort().join();
  expect(Object.entries(en).filter(([chinese, english]) => places(chinese) !== places(english))).toEqual([]);
});
