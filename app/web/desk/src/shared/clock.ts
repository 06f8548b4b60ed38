// The time of day as a value that screens follow: one timer for all of them.
import { onScopeDispose, readonly, ref, type Ref } from "vue";

const now = ref(new Date());
let users = 0;
let timer: ReturnType<typeof setInterval> | undefined;
// How far the server's clock is ahead of this machine's, in milliseconds.
let ahead = 0;

export function setServerTime(at: Date): void {
  ahead = at.getTime() - Date.now();
  now.value = at;
}

export const present = (): Date => new Date(Date.now() + ahead);

/** The present second; stops ticking when nobody looks. */
export function useNow(): Readonly<Ref<Date>> {
  now.value = present();
  if (users++ === 0) timer = setInterval(() => (now.value = present()), 1000);
  onScopeDispose(() => {
    if (--users === 0) clearInterval(timer);
  });
  return readonly(now) as Readonly<Ref<Date>>;
}
