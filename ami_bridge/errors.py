"""What can go wrong between us and Asterisk; every error says what to do about it or what it concerned."""

from __future__ import annotations


class AmiError(Exception):
    """Anything that goes wrong on the manager interface."""


class AmiDisconnected(AmiError, ConnectionError):  # noqa: N818 - named for what happened
    """There is no connection, or it was lost before the answer came: the outcome of the action is unknown."""


class AmiTimeout(AmiError, TimeoutError):  # noqa: N818 - named for what happened
    """Asterisk did not answer in time: the outcome of the action is unknown."""


class AmiActionFailed(AmiError):  # noqa: N818 - named for what happened
    """Asterisk answered with an error. `reason` is Asterisk's own message."""

    def __init__(self, action: str, reason: str) -> None:
        super().__init__(f"{action}: {reason}")
        self.action = action
        self.reason = reason


class AmiLoginRefused(AmiError):  # noqa: N818 - named for what happened
    """The user or the secret is wrong, or the address is not permitted: trying again does not help."""


class AmiInjection(AmiError, ValueError):  # noqa: N818 - named for what was attempted
    """A value would have broken out of its line; nothing was sent."""


class FramingError(AmiError):
    """The peer does not speak AMI, or sends a message of unreasonable size."""


class ChannelGone(AmiError):  # noqa: N818 - named for what happened
    """The channel hung up or left AsyncAGI; no further command can reach it."""

    def __init__(self, uniqueid: str, why: str = "hung up") -> None:
        super().__init__(f"channel {uniqueid} is gone: {why}")
        self.uniqueid = uniqueid


class AgiFailed(AmiError):  # noqa: N818 - named for what happened
    """Asterisk carried out an AGI command on a living channel and reported failure (510, 520, result=-1)."""

    def __init__(self, command: str, answer: str) -> None:
        super().__init__(f"AGI {command}: {answer}")
        self.command = command
        self.answer = answer
