// An article as Chinese documents cite it: `art. 7(3)4` is 第七条（三）4. Pure.

const DIGITS = "零一二三四五六七八九";
const CITED = /art\. (\d{1,2})((?:\(\d{1,2}\)|\d{1,2})*)/g;

function chinese(number: number): string {
  const [tens, ones] = [Math.floor(number / 10), number % 10];
  const front = tens > 1 ? `${DIGITS[tens]}十` : tens === 1 ? "十" : "";
  return front + (ones || !tens ? DIGITS[ones] : "");
}

/** The text with every article in it as the original counts it; the first brackets are counted in characters. */
export const cited = (text: string, language: string): string =>
  language.startsWith("zh")
    ? text.replace(CITED, (_all, article: string, rest: string) => {
        let first = true;
        const parts = rest.replace(/\((\d+)\)/g, (_part, number: string) => {
          const shown = first ? chinese(Number(number)) : number;
          first = false;
          return `（${shown}）`;
        });
        return `第${chinese(Number(article))}条${parts}`;
      })
    : text;
