// Notices in this browser while no page is open: whether they can be, whether they are, switching them on and off.
import { ref, type Ref } from "vue";
import { get, put, remove, withQuery } from "@/api/client";

/** `no`: not here (the browser cannot, or nothing is pushed); `refused`: the person has told the browser so. */
export type PushState = "no" | "off" | "on" | "refused";

const state = ref<PushState>("no");
let key: string | null = null;

const able = (): boolean => "serviceWorker" in navigator && "PushManager" in globalThis && "Notification" in globalThis;
const bytes = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
const known = async (): Promise<PushSubscription | null> => (await navigator.serviceWorker.ready).pushManager.getSubscription();
const same = (one: ArrayBuffer | null, other: Uint8Array): boolean => one !== null && new Uint8Array(one).every((value, place) => value === other[place]);

/** How it stands in this browser. */
export const pushState: Readonly<Ref<PushState>> = state;

/** Finds out how it stands; a browser that is told already is from now on told what is for the person at work. */
export async function knowPush(): Promise<void> {
  if (!able() || !(await navigator.serviceWorker.getRegistration())) return;
  key = (await get<{ public_key: string | null }>("/api/push")).public_key;
  if (!key) return;
  const found = await known();
  if (found && Notification.permission === "granted") await keep(found);
  else state.value = Notification.permission === "denied" ? "refused" : "off";
}

/** Asks the person, the browser and the server, in this order. Throws what the browser or the server says. */
export async function pushOn(): Promise<void> {
  if (!key) return;
  if ((await Notification.requestPermission()) !== "granted") {
    state.value = Notification.permission === "denied" ? "refused" : "off";
    return;
  }
  const applicationServerKey = bytes(key);
  const found = await known();
  // One of an earlier installation would not be taken.
  if (found && !same(found.options.applicationServerKey, applicationServerKey)) await found.unsubscribe();
  const made = await (await navigator.serviceWorker.ready).pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
  await keep(made);
}

export async function pushOff(): Promise<void> {
  const found = await known();
  if (found) {
    await remove(withQuery("/api/push", { endpoint: found.endpoint }));
    await found.unsubscribe();
  }
  state.value = "off";
}

async function keep(found: PushSubscription): Promise<void> {
  const { endpoint, keys } = found.toJSON();
  await put("/api/push", { endpoint, keys: { p256dh: keys?.p256dh, auth: keys?.auth } });
  state.value = "on";
}
