"""What a telephone, or the carrier for it, meant by ending a ring. Pure.

Asterisk tells SIP's final code over AMI (`TechCause` of Hangup), and makes one up where it ended the ring itself. Its
journal knows Q.850 causes only (res_pjsip.c, `ast_sip_hangup_sip2cause`), and who ended it (`hangupsource`).
"""

from __future__ import annotations

from collections.abc import Mapping

from ami_bridge.errands import Outcome

# RFC 3261 section 21, RFC 8197 (607), RFC 8688 (608). What is not named is a refusal of the class of its first digit.
_CODES: Mapping[int, Outcome] = {
    404: Outcome.WRONG_NUMBER,
    408: Outcome.UNREACHABLE,
    410: Outcome.WRONG_NUMBER,
    430: Outcome.UNREACHABLE,
    480: Outcome.UNREACHABLE,
    484: Outcome.WRONG_NUMBER,
    485: Outcome.WRONG_NUMBER,
    486: Outcome.BUSY,
    487: Outcome.CANCELLED,
    600: Outcome.BUSY,
    603: Outcome.DECLINED,
    604: Outcome.WRONG_NUMBER,
    607: Outcome.DECLINED,
    608: Outcome.DECLINED,
}

# ITU-T Q.850, of rings that we ended: nobody answered in time, or we hung up.
_OUR_CAUSES: Mapping[int, Outcome] = {
    0: Outcome.CANCELLED,
    16: Outcome.CANCELLED,
    17: Outcome.BUSY,
    18: Outcome.NO_ANSWER,
    19: Outcome.NO_ANSWER,
}

# ITU-T Q.850, of rings that the other side ended; 21 stands for four codes, of which only one is a person's.
_THEIR_CAUSES: Mapping[int, Outcome] = {
    0: Outcome.CANCELLED,
    1: Outcome.WRONG_NUMBER,
    16: Outcome.CANCELLED,
    17: Outcome.BUSY,
    18: Outcome.UNREACHABLE,
    19: Outcome.UNREACHABLE,
    22: Outcome.WRONG_NUMBER,
    27: Outcome.FAILED,
    28: Outcome.WRONG_NUMBER,
    34: Outcome.FAILED,
    38: Outcome.FAILED,
    41: Outcome.FAILED,
    102: Outcome.FAILED,
}


def by_code(code: int) -> Outcome:
    """What a final SIP code (300-699) of a telephone or a carrier says."""
    return _CODES.get(code, Outcome.FAILED if 500 <= code < 600 else Outcome.REFUSED)


def by_cause(cause: int, *, theirs: bool) -> Outcome:
    """What a Q.850 cause says where no SIP code is known; `theirs`: the other side ended the ring, not we."""
    if theirs:
        return _THEIR_CAUSES.get(cause, Outcome.REFUSED)
    return _OUR_CAUSES.get(cause, Outcome.FAILED)
