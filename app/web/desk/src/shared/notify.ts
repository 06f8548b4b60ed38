// Short messages over the page, and doing something once with what went wrong told.
import { ElMessage } from "element-plus/es/components/message/index";
import "element-plus/es/components/message/style/css";
import { ref, type Ref } from "vue";
import { explain } from "./problems";

export const tell = (text: string): void => void ElMessage({ message: text, type: "success", grouping: true });
export const warn = (text: string): void => void ElMessage({ message: text, type: "error", duration: 8000, showClose: true, grouping: true });

/** Runs one thing at a time: a second click while the first is under way does nothing. */
export function useOnce(): { busy: Ref<boolean>; once: (act: () => Promise<unknown>, done?: string) => Promise<boolean> } {
  const busy = ref(false);
  async function once(act: () => Promise<unknown>, done = ""): Promise<boolean> {
    if (busy.value) return false;
    busy.value = true;
    try {
      await act();
      if (done) tell(done);
      return true;
    } catch (error) {
      warn(explain(error));
      return false;
    } finally {
      busy.value = false;
    }
  }
  return { busy, once };
}
