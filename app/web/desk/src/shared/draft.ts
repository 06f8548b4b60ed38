// What somebody types is kept: at once in the browser, every few seconds on the server, until it is filed.
import { onScopeDispose, ref, watch, type Ref } from "vue";
import { ApiError, get, put, remove } from "@/api/client";

interface Kept<T> {
  value: T;
  version: number;
}

const EVERY_MS = 2000;

export interface Draft<T> {
  value: Ref<T>;
  /** Whether the server has what stands here. */
  saved: Ref<boolean>;
  /** Whether something was found that had been typed earlier. */
  found: Ref<boolean>;
  /** It was filed: nothing is kept any more. */
  drop: () => Promise<void>;
}

/** A form's values under a key; `start` is what it begins with where nothing was kept. */
export function useDraft<T extends object>(key: string, start: T): Draft<T> {
  const value = ref(structuredClone(start)) as Ref<T>;
  const saved = ref(true);
  const found = ref(false);
  const local = `draft:${key}`;
  const path = `/api/drafts/${key}`;
  let version = 0;
  let touched = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let gone = false;

  async function load(): Promise<void> {
    const here = localStorage.getItem(local);
    if (here) restore(JSON.parse(here) as T);
    const kept = await get<Kept<T>>(path).catch(() => null);
    if (!kept) return;
    version = kept.version;
    if (!touched && !here) restore(kept.value);
  }

  function restore(kept: T): void {
    value.value = { ...value.value, ...kept };
    found.value = true;
  }

  async function save(): Promise<void> {
    timer = undefined;
    try {
      ({ version } = await put<{ version: number }>(path, { value: value.value, version }));
      saved.value = true;
    } catch (error) {
      // Another tab saved meanwhile: this one is the later.
      if (!(error instanceof ApiError && error.status === 409)) return;
      version = (await get<Kept<T>>(path).catch(() => null))?.version ?? 0;
      timer ??= setTimeout(() => void save(), EVERY_MS);
    }
  }

  watch(value, () => {
    if (gone) return;
    touched = true;
    saved.value = false;
    localStorage.setItem(local, JSON.stringify(value.value));
    timer ??= setTimeout(() => void save(), EVERY_MS);
  }, { deep: true });

  onScopeDispose(() => {
    if (!timer) return;
    clearTimeout(timer);
    void save();
  });

  void load();
  return {
    value,
    saved,
    found,
    drop: async () => {
      gone = true;
      clearTimeout(timer);
      timer = undefined;
      localStorage.removeItem(local);
      await remove(path).catch(() => null);
    },
  };
}
