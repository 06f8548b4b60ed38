// Notices that come while no page is open: shown by the system, and opened where they belong.
declare const self: ServiceWorkerGlobalScope;

interface Pushed {
  title: string;
  body: string;
  path: string;
  tag: string;
}

const ICON = "/static/desk/icon.svg";

function isPushed(value: unknown): value is Pushed {
  const known = value as Partial<Record<keyof Pushed, unknown>> | null;
  return (["title", "body", "path", "tag"] as const).every((name) => typeof known?.[name] === "string") && (known?.path as string).startsWith("/desk/");
}

// Browsers take the permission back from who is pushed to and shows nothing: what cannot be read is told of, too.
function read(data: PushMessageData | null): Pushed {
  try {
    const value: unknown = data?.json();
    if (isPushed(value)) return value;
  } catch {
    // Not ours, or of another version.
  }
  return { title: "12345 热线", body: "有新的办理通知，请打开查看", path: "/desk/", tag: "hotline" };
}

async function show(path: string): Promise<void> {
  const [open] = await self.clients.matchAll({ type: "window" });
  if (!open) return void (await self.clients.openWindow(path));
  // The page goes there by itself: what is being typed in it is kept as a draft.
  open.postMessage({ kind: "open", path });
  await open.focus();
}

self.addEventListener("push", (event) => {
  const { title, body, tag, path } = read(event.data);
  event.waitUntil(self.registration.showNotification(title, { body, tag, icon: ICON, lang: "zh-CN", data: { path } }));
});
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const path: unknown = (event.notification.data as { path?: unknown } | null)?.path;
  event.waitUntil(show(typeof path === "string" ? path : "/desk/"));
});

export {};
