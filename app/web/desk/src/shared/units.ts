// The directory of units, asked for once and kept while the page is open.
import { computed, shallowRef } from "vue";
import { get } from "@/api/client";
import type { UnitDuty, UnitLine } from "@/api/types";
import { may } from "@/session";
import { fits } from "./pinyin";

const known = shallowRef<UnitLine[]>([]);
const duty = shallowRef<ReadonlyMap<string, UnitDuty>>(new Map());
let asked: Promise<void> | null = null;

export const units = computed(() => known.value);
export const duties = computed(() => duty.value);

export function loadUnits(anew = false): Promise<void> {
  if (anew) asked = null;
  asked ??= get<UnitLine[]>("/api/units").then((found) => void (known.value = found), () => void (asked = null));
  return asked;
}

/** Who is on duty now, of every unit; asked for anew each time, as it changes with the hour. */
export async function loadDuty(): Promise<void> {
  if (!may("duty.read")) return;
  const found = await get<UnitDuty[]>("/api/duty").catch((): UnitDuty[] => []);
  duty.value = new Map(found.map((one) => [one.unit_id, one]));
}

export const unitName = (id: string | null | undefined): string => known.value.find((unit) => unit.id === id)?.name ?? id ?? "";

/** Units in service that fit what was typed: name, initials, duties, key words, telephone. */
export function findUnits(query: string): UnitLine[] {
  const fit = known.value.filter((unit) => unit.active && fits(query, unit.name, unit.remit, unit.keywords.join(" "), phones(unit.id)));
  const begins = (unit: UnitLine): number => (fits(query, unit.name) ? 0 : 1);
  return fit.sort((one, other) => begins(one) - begins(other));
}

const phones = (id: string): string => (duty.value.get(id)?.posts ?? []).map((post) => `${post.phone} ${post.name}`).join(" ");
