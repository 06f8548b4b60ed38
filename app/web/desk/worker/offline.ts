// Without a way to the server the desk says so, instead of the browser's error page, and comes back by itself.
declare const self: ServiceWorkerGlobalScope;

const AGAIN_S = 5;
const PAGE = `<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="${AGAIN_S}"><title>12345 热线</title>
<style>body { font: 16px/1.8 sans-serif; margin: 20vh auto; max-width: 22em; padding: 0 1em; color: #1c2733; } @media (prefers-color-scheme: dark) { body { background: #14181d; color: #e6e9ed; } }</style></head>
<body><h1>连不上热线服务器</h1><p>请检查网络。填写过的内容已经保存；恢复后本页自动打开。</p><p lang="en">The hotline cannot be reached. What you typed is kept; this page comes back by itself.</p></body></html>`;

self.addEventListener("install", () => void self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
// Pages only: what they ask for is answered, or told of, by themselves.
self.addEventListener("fetch", (event) => {
  if (event.request.mode !== "navigate") return;
  const page = (): Response => new Response(PAGE, { status: 503, headers: { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store" } });
  event.respondWith(fetch(event.request).catch(page));
});

export {};
