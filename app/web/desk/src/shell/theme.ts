// Light or dark: as the machine has it, or as the person chose.
import { ref } from "vue";

export type Theme = "auto" | "light" | "dark";
const KEPT = "desk-theme";
const wish = matchMedia("(prefers-color-scheme: dark)");

export const theme = ref<Theme>(kept());

function kept(): Theme {
  const found = localStorage.getItem(KEPT);
  return found === "light" || found === "dark" ? found : "auto";
}

export function choose(chosen: Theme): void {
  theme.value = chosen;
  localStorage.setItem(KEPT, chosen);
  show();
}

export const isDark = (): boolean => theme.value === "dark" || (theme.value === "auto" && wish.matches);

function show(): void {
  document.documentElement.classList.toggle("dark", isDark());
}

wish.addEventListener("change", show);
show();
