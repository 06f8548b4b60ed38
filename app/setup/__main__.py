"""The set-up's last part: builds Asterisk's image and gets the speech model, each unless it is there."""

from __future__ import annotations

import asyncio
import sys

from app.setup.containers import EngineMissing, find_engine
from app.setup.download import DownloadFailed
from app.setup.images import ASTERISK_IMAGE, SourceMissing, ensure_image
from app.setup.models import DEFAULT_MODEL, fetch_default_model
from app.setup.process import ProcessFailed
from app.setup.progress import download_bar, step


async def _set_up() -> None:
    engine = await find_engine()
    with step(f"Asterisk image {ASTERISK_IMAGE.tag}") as show:
        await ensure_image(engine, ASTERISK_IMAGE, show)
    with download_bar(DEFAULT_MODEL.name) as progress:
        await fetch_default_model(progress)


if __name__ == "__main__":
    try:
        asyncio.run(_set_up())
    except (EngineMissing, SourceMissing, ProcessFailed, DownloadFailed, TimeoutError) as error:
        sys.exit(f"Set-up stopped: {error}")
    except KeyboardInterrupt:
        sys.exit("Set-up interrupted; run it again to go on")
