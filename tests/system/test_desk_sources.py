"""The desk's sources hold together: with the interface as it is now, in their types, and in what they compute."""

from __future__ import annotations

import subprocess
from pathlib import Path

from app.web.document import document

ROOT = Path(__file__).parents[2]
STEP_S = 120


def run(script: str) -> None:
    done = subprocess.run(
        (str(ROOT / "scripts" / "desk"), "run", script), capture_output=True, text=True, timeout=STEP_S, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_desk_uses_the_interface_as_the_server_describes_it_today() -> None:
    (ROOT / "app/web/desk/openapi.json").write_text(document(), encoding="utf-8")
    run("types")
    run("check")


def test_what_the_desk_computes_is_right() -> None:
    run("test")
