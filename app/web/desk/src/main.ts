// The desk starts: who is here, which page, in which language.
import "element-plus/theme-chalk/base.css";
import "element-plus/theme-chalk/dark/css-vars.css";
import "./styles.css";
import { createApp } from "vue";
import App from "./App.vue";
import { i18n, language, speak } from "./i18n";
import { router } from "./router";
import { explain } from "./shared/problems";
import { warn } from "./shared/notify";

speak(language());
const app = createApp(App);
app.config.errorHandler = (error) => {
  console.error(error);
  warn(explain(error));
};
// Without it the desk is as good as ever, but for the page that says that the server is away.
if (import.meta.env.PROD) void navigator.serviceWorker?.register("/desk/worker.js").catch(() => null);
// A notice was clicked while the desk is open: it goes there without losing what it shows otherwise.
navigator.serviceWorker?.addEventListener("message", ({ data }: MessageEvent<{ kind?: string; path?: string } | null>) => {
  if (data?.kind === "open" && data.path?.startsWith("/desk/")) void router.push(data.path.slice("/desk".length));
});
app.use(i18n).use(router).mount("#desk");
