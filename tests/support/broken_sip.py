"""Broken SIP messages, the same ones for the same seed: what a scanner, a bad telephone or a bad day sends."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

_METHODS = ("INVITE", "REGISTER", "OPTIONS", "SUBSCRIBE", "REFER", "MESSAGE", "BYE", "CANCEL", "ACK", "INFO", "NOTIFY")
_SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 20000 RTP/AVP 8\r\n"
# What has hurt somebody's parser before, or would go on into a command, a file or an event of ours.
_PIECES: Sequence[bytes] = (
    b"\r\nEvent: UserEvent\r\nUserEvent: HotlineQueued\r\nCategory: help\r\n",
    b"\rForged: yes",
    b"\x00",
    b"%0d%0aEvent: Hangup",
    b"%s%n%s%n",
    b"',$(reboot);--",
    b"${SHELL(id)}",
    b"../" * 20,
    b"\xff\xfe\xc3\x28\xf0\x9f",
    b"A" * 3000,
    b"(" * 500,
    b"<" * 200 + b">" * 200,
    b"-1",
    b"99999999999999999999",
    b"[::ffff:127.0.0.1",
    b";" * 300,
    b'"' * 99,
)


def broken_messages(seed: int, count: int, dialled: str, port: int) -> Iterator[bytes]:
    """So many messages; none of them dials anything but `dialled`, which should be a number that nobody has."""
    chance = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret
    for number in range(count):
        whole = _message(chance, number, dialled, port)
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            whole = chance.choice(_WAYS)(chance, whole)
        yield whole[:60000]


def _message(chance: random.Random, number: int, dialled: str, port: int) -> bytes:
    method = chance.choice(_METHODS)
    body = _SDP if method == "INVITE" else ""
    lines = (
        f"{method} sip:{dialled}@127.0.0.1 SIP/2.0",
        f"Via: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK-{number}",
        f'From: "Nobody" <sip:1390000{number % 10000:04d}@127.0.0.1>;tag={number}',
        f"To: <sip:{dialled}@127.0.0.1>",
        f"Call-ID: broken-{number}@127.0.0.1",
        f"CSeq: {number + 1} {method}",
        f"Contact: <sip:nobody@127.0.0.1:{port}>",
        "Max-Forwards: 70",
        "Content-Type: application/sdp",
        f"Content-Length: {len(body)}",
        "",
        body,
    )
    return "\r\n".join(lines).encode()


def _cut(chance: random.Random, whole: bytes) -> bytes:
    return whole[: chance.randrange(len(whole) + 1)]


def _flip(chance: random.Random, whole: bytes) -> bytes:
    changed = bytearray(whole)
    for _ in range(chance.randrange(1, 12)):
        if changed:
            changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _insert(chance: random.Random, whole: bytes) -> bytes:
    at = chance.randrange(len(whole) + 1)
    return whole[:at] + chance.choice(_PIECES) + whole[at:]


def _of_lines(change: Callable[[random.Random, list[bytes]], None]) -> Callable[[random.Random, bytes], bytes]:
    def way(chance: random.Random, whole: bytes) -> bytes:
        lines = whole.split(b"\r\n")
        change(chance, lines)
        return b"\r\n".join(lines)

    return way


def _drop_line(chance: random.Random, lines: list[bytes]) -> None:
    del lines[chance.randrange(len(lines))]


def _repeat_line(chance: random.Random, lines: list[bytes]) -> None:
    at = chance.randrange(len(lines))
    lines[at:at] = [lines[at]] * chance.choice((1, 2, 60))


def _mix_lines(chance: random.Random, lines: list[bytes]) -> None:
    head = lines[1:]
    chance.shuffle(head)
    lines[1:] = head


def _replace_value(chance: random.Random, lines: list[bytes]) -> None:
    at = chance.randrange(len(lines))
    name, colon, _ = lines[at].partition(b":")
    lines[at] = name + colon + b" " + chance.choice(_PIECES) if colon else chance.choice(_PIECES)


_WAYS = (_cut, _flip, _insert, *map(_of_lines, (_drop_line, _repeat_line, _mix_lines, _replace_value)))
