"""Both images build on a base that mmdebstrap makes, and hold what they promise."""

from __future__ import annotations

from pathlib import Path

import pytest
import pytest_asyncio

from app.setup.containers import Engine, find_engine
from app.setup.images import ASTERISK_IMAGE, SERVICE_IMAGE, ensure_base, ensure_image
from app.setup.process import ProcessFailed

SERVICE_TAG = "hotline-app:test"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")

# A first build installs everything inside; later ones reuse its layers.
pytestmark = pytest.mark.timeout(1200)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine() -> Engine:
    return await find_engine()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service_image(engine: Engine) -> str:
    base = await ensure_base(engine, SERVICE_IMAGE, print)
    await engine.build(
        SERVICE_IMAGE.context,
        SERVICE_TAG,
        dockerfile=SERVICE_IMAGE.dockerfile,
        arguments={"BASE": base},
        labels={},
        secrets={"certificates": CERTIFICATES},
    )
    return SERVICE_TAG


async def test_the_asterisk_image_holds_asterisk_22_and_runs_it_unprivileged(engine: Engine) -> None:
    await ensure_image(engine, ASTERISK_IMAGE, print)
    version = await engine.run_once(ASTERISK_IMAGE.tag, ["-V"], entrypoint="/usr/sbin/asterisk")
    assert version.startswith("Asterisk 22.")
    assert (await engine.run_once(ASTERISK_IMAGE.tag, ["-u"], entrypoint="id")).strip() == "12345"


async def test_the_service_image_runs_the_hotline_unprivileged(engine: Engine, service_image: str) -> None:
    assert "hotline, version" in await engine.run_once(service_image, ["--version"], entrypoint="hotline")
    help_text = await engine.run_once(service_image, ["doctor", "--help"], entrypoint="hotline")
    assert "Look for what the hotline needs" in help_text
    assert (await engine.run_once(service_image, ["-u"], entrypoint="id")).strip() == "12345"


async def test_the_service_image_has_what_recordings_and_menus_need(engine: Engine, service_image: str) -> None:
    assert "ffmpeg version" in await engine.run_once(service_image, ["-version"], entrypoint="ffmpeg")
    packaged = "import app, ivr, pathlib; print(*(pathlib.Path(ivr.__file__).parent / 'menus').iterdir())"
    assert "full.yaml" in await engine.run_once(service_image, ["-c", packaged], entrypoint="/opt/hotline/bin/python")


async def test_the_service_image_keeps_no_build_secret(engine: Engine, service_image: str) -> None:
    with pytest.raises(ProcessFailed, match="No such file"):
        await engine.run_once(service_image, ["/run/secrets/certificates"], entrypoint="cat")


async def test_the_images_share_the_user_that_owns_the_recordings(engine: Engine, service_image: str) -> None:
    owners = [
        (await engine.run_once(image, ["-g"], entrypoint="id")).strip() for image in (ASTERISK_IMAGE.tag, service_image)
    ]
    assert owners == ["12345", "12345"]
