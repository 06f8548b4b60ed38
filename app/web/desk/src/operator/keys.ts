// The keys of the call bar: which there are, what each does, and that they can be changed.
import { onScopeDispose, reactive } from "vue";

export type Act = "answer" | "hold" | "mute" | "bring-in" | "hand-over" | "hangup" | "adopt";

const KEPT = "desk-keys";
export const USUAL: Readonly<Record<Act, string>> = {
  answer: "F2", hold: "F4", mute: "F6", "bring-in": "F7", "hand-over": "F8", hangup: "F9", adopt: "Alt+a",
};

export const keys = reactive<Record<Act, string>>({ ...USUAL, ...kept() });

function kept(): Partial<Record<Act, string>> {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? "{}") as Partial<Record<Act, string>>;
  } catch {
    return {};
  }
}

export function change(act: Act, key: string): void {
  keys[act] = key;
  localStorage.setItem(KEPT, JSON.stringify(keys));
}

/** How a pressed key is named: `F2`, `Ctrl+Enter`. */
export function nameOf(event: Pick<KeyboardEvent, "key" | "ctrlKey" | "altKey" | "shiftKey">): string {
  const with_ = [event.ctrlKey && "Ctrl", event.altKey && "Alt", event.shiftKey && "Shift"].filter(Boolean);
  return [...with_, event.key].join("+");
}

/** Listens for the keys while a component lives. */
export function useKeys(handle: (act: Act) => void): void {
  const listen = (event: KeyboardEvent): void => {
    const act = (Object.keys(keys) as Act[]).find((one) => keys[one] === nameOf(event));
    if (!act || event.repeat) return;
    event.preventDefault();
    handle(act);
  };
  addEventListener("keydown", listen);
  onScopeDispose(() => removeEventListener("keydown", listen));
}
