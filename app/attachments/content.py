"""What a file is, by its content and not by its name. Pure."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OFFICE = "application/vnd.openxmlformats-officedocument"
# The folder that a package of Office Open XML (ECMA-376) has for its kind.
_PACKAGES: Mapping[str, tuple[str, str]] = {
    "word/": (f"{_OFFICE}.wordprocessingml.document", "docx"),
    "xl/": (f"{_OFFICE}.spreadsheetml.sheet", "xlsx"),
    "ppt/": (f"{_OFFICE}.presentationml.presentation", "pptx"),
}
_OLE_KINDS: Mapping[str, str] = {
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
}
_MACROS = "vbaProject.bin"
_STARTS: tuple[tuple[bytes, str, str], ...] = (
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
    (b"%PDF-", "application/pdf", "pdf"),
    (b"ID3", "audio/mpeg", "mp3"),
    (b"\xff\xfb", "audio/mpeg", "mp3"),
    (b"\xff\xf3", "audio/mpeg", "mp3"),
    (b"OggS", "audio/ogg", "ogg"),
    (b"#!AMR", "audio/amr", "amr"),
)
# RIFF and ISO base media say what they are a few bytes further on.
_INNER: tuple[tuple[int, bytes, str, str], ...] = (
    (8, b"WEBP", "image/webp", "webp"),
    (8, b"WAVE", "audio/wav", "wav"),
    (4, b"ftypM4A", "audio/mp4", "m4a"),
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A media type and the extension that such files are stored with."""

    media_type: str
    extension: str

    @property
    def is_image(self) -> bool:
        return self.media_type.startswith("image/")


def kind_of(content: bytes, name: str) -> Kind | None:
    """What the content is; None for what is not taken, an office file with macros among it.

    The name decides only between kinds that look the same (the old office formats).
    """
    for start, media_type, extension in _STARTS:
        if content.startswith(start):
            return Kind(media_type, extension)
    for offset, mark, media_type, extension in _INNER:
        if content[offset : offset + len(mark)] == mark:
            return Kind(media_type, extension)
    if content.startswith(b"PK\x03\x04"):
        return _package(content)
    extension = name.rpartition(".")[2].lower()
    if content.startswith(_OLE) and extension in _OLE_KINDS and "VBA".encode("utf-16-le") not in content:
        return Kind(_OLE_KINDS[extension], extension)
    return None


def _package(content: bytes) -> Kind | None:
    try:
        names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return None
    if "[Content_Types].xml" not in names or any(name.endswith(_MACROS) for name in names):
        return None
    return next(
        (Kind(*kind) for folder, kind in _PACKAGES.items() if any(name.startswith(folder) for name in names)), None
    )
