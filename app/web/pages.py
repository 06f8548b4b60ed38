"""The desk's one page, answered at each of its addresses: which of them is shown is the browser's business."""

from __future__ import annotations

from pathlib import Path

from aiohttp import hdrs, web

from app.web.phone import content_policy

STATIC = Path(__file__).with_name("static")
DESK = STATIC / "desk"
# Where the desk was not built: said in the language of whoever opens it, and how to mend it.
_NOT_BUILT = (
    '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>12345 热线</title>'
    "<p>工作台尚未安装：请管理员在服务器上运行 <code>make desk</code>，然后刷新本页。</p></html>"
)
# Widgets are placed by style attributes; scripts stay without `unsafe-inline` and `unsafe-eval`.
_ALSO = ("style-src-attr 'unsafe-inline'", "font-src 'self'", "manifest-src 'self'", "worker-src 'self'")


def add_pages(app: web.Application) -> None:
    """The desk under `/desk/`; the bare address leads there."""
    app.router.add_get("/", _home)
    app.router.add_get("/desk", _home)
    app.router.add_get("/desk/worker.js", _worker)
    app.router.add_get("/desk/{page:.*}", _desk)


async def _home(_: web.Request) -> web.Response:
    return web.Response(status=302, headers={hdrs.LOCATION: "/desk/"})


async def _worker(_: web.Request) -> web.StreamResponse:
    """The service worker, beside the pages that it is for: it may not reach further than its own address."""
    script = DESK / "worker.js"
    if not script.is_file():
        raise web.HTTPNotFound
    return web.FileResponse(script)


async def _desk(request: web.Request) -> web.StreamResponse:
    headers = {"Content-Security-Policy": "; ".join((content_policy(request), *_ALSO))}
    page = DESK / "index.html"
    if page.is_file():
        return web.FileResponse(page, headers=headers)
    return web.Response(status=503, text=_NOT_BUILT, content_type="text/html", headers=headers)
