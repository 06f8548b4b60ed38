// A page's data: asked for when what it depends on changes; the latest question wins, what went wrong is told in place.
import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef, type WatchSource } from "vue";
import { explain } from "./problems";

export interface Loaded<T> {
  data: ShallowRef<T | null>;
  fault: Ref<string>;
  busy: Ref<boolean>;
  again: () => Promise<void>;
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
