"""The live feed numbers every message and tells a returning browser what it missed."""

from __future__ import annotations

from app.web.live import LiveFeed


def test_a_browser_that_reconnects_gets_exactly_what_it_missed() -> None:
    feed = LiveFeed("run-1")
    for number in range(5):
        feed.publish("calls", {"value": number})
    missed = feed.since(3)
    assert missed is not None
    assert [message.number for message in missed] == [4, 5]
    assert feed.since(5) == []


def test_what_is_no_longer_kept_is_said_and_not_guessed() -> None:
    feed = LiveFeed("run-1")
    for number in range(6000):
        feed.publish("calls", {"value": number})
    assert feed.since(10) is None
    assert feed.since(99_999) is None


async def test_each_subscriber_gets_every_message_in_order() -> None:
    feed = LiveFeed("run-1")
    with feed.subscribe() as one, feed.subscribe() as two:
        feed.publish("calls", {"value": 1})
        feed.publish("queue", {"value": 2})
        for queue in (one, two):
            received = [queue.get_nowait(), queue.get_nowait()]
            assert [message.topic for message in received if message] == ["calls", "queue"]


async def test_one_slow_subscriber_is_told_to_reconnect_and_holds_up_nobody() -> None:
    feed = LiveFeed("run-1")
    with feed.subscribe() as slow:
        for number in range(2500):
            feed.publish("calls", {"value": number})
        received = [slow.get_nowait() for _ in range(slow.qsize())]
    assert received[-1] is None
    assert len(received) == 2001
