"""What the doctor says about a machine: each missing thing with the command that mends it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.setup.diagnosis import Facts, Finding, PortFact, State, diagnose

SOUND = Facts(
    root=False,
    python=(3, 12),
    settings="hotline.toml",
    settings_problem=None,
    own_asterisk=True,
    engine="podman",
    image="hotline-asterisk:22",
    image_problem=None,
    model_problem=None,
    database="embedded",
    database_problem=None,
    data_dir=Path("/var/lib/hotline"),
    free_bytes=10 * 1024**3,
    programs={"ffmpeg": True, "sipp": True, "tshark": True, "chromium": True, "npm": True},
    ports=(PortFact("asterisk.sip_port", "udp", "127.0.0.1", 5060, taken=False),),
)


def test_a_sound_machine_needs_no_mending() -> None:
    findings = diagnose(SOUND)
    assert {finding.state for finding in findings} == {State.OK}
    assert not any(finding.mend for finding in findings)


@pytest.mark.parametrize(
    ("change", "name", "mend"),
    [
        ({"python": (3, 10)}, "Python", "make clean demo PYTHON=python3.11"),
        ({"python": (3, 14)}, "Python", "make clean demo PYTHON=python3.11"),
        ({"settings_problem": "web.port = 'x'"}, "settings", "editor hotline.toml"),
        ({"free_bytes": 1024**3}, "disk space", "export HOTLINE_DATA_DIR="),
        (
            {"engine": None},
            "container engine",
            "sudo apt-get install --no-install-recommends podman runc netavark uidmap fuse-overlayfs",
        ),
        ({"image_problem": "is not built"}, "Asterisk image", "hotline asterisk build"),
        ({"model_problem": "damaged: am/final.mdl"}, "speech model", "hotline models fetch"),
        ({"database_problem": "connection refused"}, "database", "export HOTLINE_DATABASE__DSN="),
        ({"programs": {}}, "ffmpeg", "sudo apt-get install --no-install-recommends ffmpeg"),
    ],
)
def test_each_missing_thing_is_named_with_its_command(change: dict[str, Any], name: str, mend: str) -> None:
    finding = _finding(replace(SOUND, **change), name)
    assert finding.state is State.MISSING
    assert finding.mend.startswith(mend)


def test_a_taken_port_names_the_setting_that_moves_it() -> None:
    taken = replace(SOUND.ports[0], taken=True)
    finding = _finding(replace(SOUND, ports=(taken,)), "port udp/5060")
    assert finding.state is State.MISSING
    assert finding.mend == "export HOTLINE_ASTERISK__SIP_PORT=<a free port>"


def test_what_only_tests_need_does_not_fail_the_machine() -> None:
    finding = _finding(replace(SOUND, programs={"ffmpeg": True}), "tshark")
    assert finding.state is State.OPTIONAL
    assert finding.mend == "sudo apt-get install --no-install-recommends tshark"


def test_root_needs_no_sudo() -> None:
    finding = _finding(replace(SOUND, root=True, programs={}), "ffmpeg")
    assert finding.mend.startswith("apt-get ")


def test_an_asterisk_of_the_citys_own_needs_neither_engine_nor_image() -> None:
    findings = diagnose(replace(SOUND, own_asterisk=False, engine=None, image_problem="is not built"))
    assert {finding.state for finding in findings} == {State.OK}


def _finding(facts: Facts, name: str) -> Finding:
    (found,) = (finding for finding in diagnose(facts) if finding.name == name)
    return found
