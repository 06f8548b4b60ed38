// Skills with levels as somebody writes them: `english:9 wuyu:5`. Pure.

const WRITTEN = /^([a-z][a-z0-9-]{0,31})(?:[:：=]([1-9]))?$/;
/** Who says no level has this one. */
const USUAL = 5;

/** The best first. */
export const written = (skills: Readonly<Record<string, number>>): string =>
  Object.entries(skills)
    .sort(([one, high], [other, low]) => low - high || one.localeCompare(other))
    .map(([skill, level]) => `${skill}:${level}`)
    .join(" ");

/** The skills, or the first word that is none. */
export function read(text: string): Record<string, number> | string {
  const skills: Record<string, number> = {};
  for (const word of text.split(/[\s,，;；、]+/).filter(Boolean)) {
    const found = WRITTEN.exec(word);
    if (!found?.[1]) return word;
    skills[found[1]] = found[2] ? Number(found[2]) : USUAL;
  }
  return skills;
}
