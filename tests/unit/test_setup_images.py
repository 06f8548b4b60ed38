"""Which base an image is made from, and when it has to be built anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.setup.images import ImageSpec, SourceMissing, mmdebstrap_command, own_mirror

TARGETS = """\
https://mirror.example/debian-security/ bookworm-security
cdrom:[disc]/ bookworm
https://mirror.example/debian/ bookworm
https://other.example/debian/ bookworm
"""


@pytest.fixture
def spec(tmp_path: Path) -> ImageSpec:
    (tmp_path / "Dockerfile").write_text("FROM base\n")
    return ImageSpec("hotline-x:1", "forky", tmp_path / "Dockerfile", tmp_path)


def test_a_changed_dockerfile_changes_the_content(spec: ImageSpec) -> None:
    before = spec.content()
    assert spec.content() == before
    spec.dockerfile.write_text("FROM base\nRUN true\n")
    assert spec.content() != before


def test_another_debian_release_changes_the_content(spec: ImageSpec) -> None:
    assert replace(spec, suite="sid").content() != spec.content()


def test_without_a_source_tree_the_error_names_the_missing_file(spec: ImageSpec) -> None:
    spec.dockerfile.unlink()
    with pytest.raises(SourceMissing, match=str(spec.dockerfile)):
        spec.content()


def test_the_base_comes_from_the_mirror_this_machine_uses() -> None:
    assert own_mirror(TARGETS, "bookworm") == "https://mirror.example/debian/"


@pytest.mark.parametrize(("targets", "codename"), [("", "bookworm"), (TARGETS, "trixie"), (TARGETS, "")])
def test_without_a_mirror_of_its_own_mmdebstrap_decides(targets: str, codename: str) -> None:
    mirror = own_mirror(targets, codename)
    assert mirror is None
    assert mmdebstrap_command(Path("/c/forky.tar"), "forky", mirror, root=False)[-2:] == ("forky", "/c/forky.tar")


def test_the_mirror_follows_the_archive_on_the_command_line() -> None:
    command = mmdebstrap_command(Path("/c/forky.tar"), "forky", "https://mirror.example/debian/", root=False)
    assert command[-3:] == ("forky", "/c/forky.tar", "https://mirror.example/debian/")


def test_mounts_made_by_root_end_with_the_command() -> None:
    command = mmdebstrap_command(Path("/c/forky.tar"), "forky", None, root=True)
    assert command[:3] == ("unshare", "--mount", "mmdebstrap")
