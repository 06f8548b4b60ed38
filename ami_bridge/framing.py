"""Cuts AMI's byte stream into messages and messages into fields; no socket, no clock.

Messages end with an empty line (CRLFCRLF); the stream opens with one greeting line (Asterisk, "AMI Protocol"). Framing
happens on bytes, so that a character split over two TCP segments survives.
"""

from __future__ import annotations

import re

from ami_bridge.errors import FramingError

MAX_MESSAGE = 1_000_000
_GREETING = b"Asterisk Call Manager/"
_MAX_GREETING = 128
_END = b"\r\n\r\n"
_EVENT = b"Event: "
# Asterisk writes names as C strings (main/manager_channels.c, `ast_escape_c_alloc`), numbers and all else as they are.
_ESCAPED_NAME = re.compile(rb"^(CallerIDName: )(.*\\.*)$", re.MULTILINE)
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)
_CONTROLS = b"abfnrtv"


class Framer:
    """Takes bytes as they come, gives whole messages in order."""

    def __init__(self) -> None:
        self._rest = b""
        self.version: str | None = None

    def feed(self, data: bytes) -> list[bytes]:
        """Return the messages that `data` completes, without their final empty line.

        Raises FramingError when the peer is not an AMI server or a message grows beyond `MAX_MESSAGE` bytes; the
        stream cannot be followed any further then.
        """
        data = self._rest + data
        if self.version is None:
            data = self._greeted(data)
        *messages, self._rest = data.split(_END)
        if len(self._rest) > MAX_MESSAGE or any(len(message) > MAX_MESSAGE for message in messages):
            raise FramingError(f"a message is longer than {MAX_MESSAGE} bytes; is this port really AMI?")
        # Asterisk sometimes sends one line end too many between messages.
        return [stripped for message in messages if (stripped := message.lstrip(b"\r\n"))]

    def _greeted(self, data: bytes) -> bytes:
        """Take the greeting line off the stream once it is complete."""
        line, end, rest = data.partition(b"\r\n")
        if not line.startswith(_GREETING[: len(line)]) or len(line) > _MAX_GREETING:
            raise FramingError(f"the peer is not an Asterisk manager: it greets with {line[:40]!r}")
        if not end:
            return data
        self.version = line[len(_GREETING) :].decode("ascii", "replace")
        return rest


def event_name(message: bytes) -> str | None:
    """The name of the event, or None when the message is an answer. Does not look at the rest of the message."""
    if not message.startswith(_EVENT):
        return None
    return message[len(_EVENT) :].partition(b"\r\n")[0].decode("utf-8", "replace")


def fields_of(message: bytes) -> dict[str, str]:
    """The fields of a message: names as the caller wrote them, no colon is ignored, of equal keys the last counts."""
    if b"\\" in message:
        message = _ESCAPED_NAME.sub(_unescaped, message)
    lines = _lines(message)
    try:
        # Twice as fast as looking at each line, and right for nearly every message.
        return dict([line.split(": ", 1) for line in lines])
    except ValueError:
        return {key: value for key, colon, value in (line.partition(": ") for line in lines) if colon}


def text_of(data: bytes) -> str:
    """One line of text in whatever encoding: UTF-8, also when it was cut within a character; else what Chinese
    exchanges send (GB 18030, which holds GBK). What is neither keeps its readable characters.
    """
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        cut = error.reason == "unexpected end of data"
    try:
        return data.decode("utf-8" if cut else "gb18030")
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace")


def _lines(message: bytes) -> list[str]:
    try:
        return message.decode("utf-8").split("\r\n")
    except UnicodeDecodeError:
        return [text_of(line) for line in message.split(b"\r\n")]


def _unescaped(name: re.Match[bytes]) -> bytes:
    """Undone on the bytes: the second byte of a GBK character may be a backslash itself."""
    return name[1] + _ESCAPE.sub(lambda found: b" " if found[1] in _CONTROLS else found[1], name[2])
