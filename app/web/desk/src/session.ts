// Who works here: logging in, out, and in again in place when the session has expired.
import { reactive, readonly } from "vue";
import { get, onExpired, post } from "@/api/client";
import { follow, forget } from "@/live/feed";
import { learn } from "@/shared/problems";
import { useZone } from "@/shared/times";

export type Role = "operator" | "back_office" | "unit" | "supervisor" | "auditor" | "admin";

export interface Me {
  name: string;
  role: Role;
  unit_id: string | null;
  operator_id: string | null;
  rights: string[];
  browser_phone: boolean;
}

interface Answer extends Omit<Me, "rights" | "browser_phone"> {
  may?: string[];
  rights?: string[];
  browser_phone?: boolean;
  settings?: { browser_phone?: boolean; timezone?: string };
}

interface State {
  me: Me | null;
  /** Whether it is known yet who is logged in. */
  known: boolean;
  /** Somebody was logged in and must say so again; the page beneath stays as it is. */
  expired: boolean;
}

const state = reactive<State>({ me: null, known: false, expired: false });
export const session = readonly(state);

let again: Promise<void> | null = null;
let renewed: () => void = () => {};

export const may = (right: string): boolean => state.me?.rights.includes(right) ?? false;

/** The person that is logged in. Only pages that need one are shown. */
export function me(): Me {
  if (!state.me) throw new Error("nobody is logged in");
  return state.me as Me;
}

/** Finds out who is logged in, once. */
export async function open(): Promise<void> {
  if (state.known) return;
  try {
    await know();
    onExpired(expire);
  } finally {
    state.known = true;
  }
}

export async function logIn(name: string, password: string): Promise<void> {
  await post("/api/login", { name, password });
  const before = state.me?.name;
  if (before && before !== name) {
    location.assign("/desk/");
    return;
  }
  await know();
  onExpired(expire);
  state.expired = false;
  again = null;
  renewed();
}

export async function logOut(): Promise<void> {
  await post("/api/logout");
  forget();
  location.assign("/desk/");
}

async function know(): Promise<void> {
  const { may: rights, settings, ...person } = await get<Answer>("/api/me");
  state.me = { ...person, rights: person.rights ?? rights ?? [], browser_phone: person.browser_phone ?? settings?.browser_phone ?? false };
  if (settings?.timezone) useZone(settings.timezone);
  void learn();
  if (may("live.follow")) follow();
}

function expire(): Promise<void> {
  state.expired = true;
  again ??= new Promise((resolve) => (renewed = resolve));
  return again;
}
