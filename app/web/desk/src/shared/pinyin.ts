// Finding a Chinese name by the first letters of its pinyin (市水务局: sswj), with the browser's own collation.

// The first character of each letter in the order of pinyin; i, u and v begin no syllable.
const FIRST: ReadonlyArray<readonly [string, string]> = [
  ["阿", "a"], ["八", "b"], ["嚓", "c"], ["哒", "d"], ["妸", "e"], ["发", "f"], ["旮", "g"], ["哈", "h"],
  ["讥", "j"], ["咔", "k"], ["垃", "l"], ["痳", "m"], ["拏", "n"], ["噢", "o"], ["妑", "p"], ["七", "q"],
  ["呥", "r"], ["仨", "s"], ["他", "t"], ["屲", "w"], ["夕", "x"], ["丫", "y"], ["帀", "z"],
];
// Read otherwise in the names of places and offices than the collation has them.
const OTHERWISE: Readonly<Record<string, string>> = { 重: "c", 厦: "x", 银行: "yh", 行: "x" };
const ORDER = new Intl.Collator("zh-Hans-CN-u-co-pinyin");
const HAN = /\p{Script=Han}/u;

function letterOf(character: string): string {
  if (!HAN.test(character)) return character.toLowerCase();
  const known = OTHERWISE[character];
  if (known) return known;
  return FIRST.findLast(([first]) => ORDER.compare(first, character) <= 0)?.[1] ?? "";
}

export function initials(text: string): string {
  return [...text.replaceAll("银行", "yh")].map(letterOf).join("");
}

/** Whether every word of `query` occurs in one of the texts, or in the initials of the first. */
export function fits(query: string, name: string, ...others: string[]): boolean {
  const words = query.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const texts = [name, initials(name), ...others].map((text) => text.toLowerCase());
  return words.every((word) => texts.some((text) => text.includes(word)));
}
