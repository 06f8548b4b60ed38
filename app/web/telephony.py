"""What Asterisk, asked by somebody over HTTP, did not do: said in HTTP's terms."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from ami_bridge.errors import AmiActionFailed, AmiDisconnected, AmiError, AmiTimeout
from app.calls.actor import NoSuchParty
from app.calls.hub import NoSuchCall, OutboundCeiling
from app.web.problems import Problem


async def telephony(work: Awaitable[Any]) -> Any:
    """Wait for something Asterisk is to do; say in HTTP's terms why it was not done."""
    try:
        return await work
    except NoSuchCall as error:
        raise Problem(404, "No such call in progress", str(error)) from error
    except NoSuchParty as error:
        raise Problem(404, "No such party", str(error)) from error
    except OutboundCeiling as error:
        raise Problem(429, "Too many outbound calls", str(error)) from error
    except ValueError as error:
        raise Problem(409, "Not possible", str(error)) from error
    except AmiActionFailed as error:
        raise Problem(409, "Asterisk refused", error.reason) from error
    except (AmiDisconnected, AmiTimeout, TimeoutError) as error:
        raise Problem(
            503, "Outcome unknown", "Asterisk did not answer; look at the call before trying again."
        ) from error
    except AmiError as error:
        raise Problem(502, "Asterisk failed", str(error)) from error
