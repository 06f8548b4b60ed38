// Hearing prompts: one at a time; pressed again it stops.
import { ref } from "vue";

export const playing = ref("");
let sound: HTMLAudioElement | null = null;

export function play(name: string): void {
  sound?.pause();
  if (playing.value === name) {
    playing.value = "";
    return;
  }
  playing.value = name;
  sound = new Audio(`/api/prompts/${name}`);
  const over = (): void => void (playing.value === name && (playing.value = ""));
  sound.addEventListener("ended", over);
  sound.addEventListener("error", over);
  void sound.play().catch(over);
}
