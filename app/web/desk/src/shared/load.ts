// A page's data: asked for when what it depends on changes; the latest question wins, what went wrong is told in place.
import { onScopeDispose, ref, shallowRef, toValue, watch, type MaybeRefOrGetter, type Ref, type ShallowRef, type WatchSource } from "vue";
import { ApiError, get } from "@/api/client";
import { watchPage } from "@/live/feed";
import { explain } from "./problems";

export interface Loaded<T> {
  data: ShallowRef<T | null>;
  fault: Ref<string>;
  busy: Ref<boolean>;
  again: () => Promise<void>;
}

export interface Kept<T> extends Loaded<T> {
  /** What it is now, where what somebody sees must not change under their hands. */
  newer: ShallowRef<T | null>;
  renew: () => void;
}

/**
 * A page that is asked for once and then kept as it is: the server sends it whenever it has changed. Without an address
 * there is nothing. While it is not `welcome`, what is sent waits in `newer`.
 */
export function useKept<T>(address: MaybeRefOrGetter<string | null>, welcome: () => boolean = () => true): Kept<T> {
  const newer = shallowRef<T | null>(null) as ShallowRef<T | null>;
  let sent = 0;
  const loaded: Loaded<T | null> = useLoad<T | null>(async (): Promise<T | null> => {
    const [where, before] = [toValue(address), sent];
    const asking = where === null ? null : get<T>(where);
    const found = await Promise.resolve(asking).catch((error: unknown) => {
      if (sent === before) throw error;
      return null;
    });
    if (sent !== before) return loaded.data.value; // What was sent meanwhile is newer than the answer.
    newer.value = null;
    return found;
  });
  const renew = (): void => {
    if (newer.value !== null) [loaded.data.value, newer.value] = [newer.value, null];
  };
  let release = (): void => {};
  watch(() => toValue(address), (where, before) => {
    release();
    release = (): void => {};
    if (where !== null) release = watchPage(where, (page) => {
      sent += 1;
      if (page.problem) [loaded.data.value, newer.value, loaded.fault.value] = [null, null, explain(new ApiError(page.problem.status, page.problem))];
      else if (welcome() || loaded.data.value === null) [loaded.data.value, newer.value, loaded.fault.value] = [page.value as T, null, ""];
      else newer.value = page.value as T;
    });
    if (before !== undefined) {
      [loaded.data.value, newer.value] = [null, null];
      void loaded.again();
    }
  }, { immediate: true });
  onScopeDispose(() => release());
  return { ...loaded, newer, renew };
}

/** Asks at once, whenever `on` changes, and every `everyMs` as long as the component stands. */
export function useLoad<T>(ask: () => Promise<T>, on: WatchSource[] = [], everyMs = 0): Loaded<T> {
  const data = shallowRef<T | null>(null);
  const fault = ref("");
  const busy = ref(false);
  let asked = 0;

  async function again(): Promise<void> {
    const mine = ++asked;
    busy.value = true;
    try {
      const found = await ask();
      if (mine === asked) [data.value, fault.value] = [found, ""];
    } catch (error) {
      if (mine === asked) fault.value = explain(error);
    } finally {
      if (mine === asked) busy.value = false;
    }
  }

  watch(on, () => void again(), { immediate: true });
  if (everyMs) {
    const timer = setInterval(() => void again(), everyMs);
    onScopeDispose(() => clearInterval(timer));
  }
  return { data, fault, busy, again };
}
