"""Webhooks: every change once the change is there, signed, in order per ticket, tried again, nothing confidential."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest

from app.jobs.worker import Worker
from app.tickets import store
from app.tickets.correction import CorrectArgs
from app.webhooks import outbox
from app.webhooks.delivery import Patience, WebhookJobs
from app.webhooks.outbox import DELIVER_JOB, BadWebhookError, UnknownWebhookError
from app.webhooks.reach import UNREACHED
from tests.integration.tickets.desk import CALLER, FRONT, Desk
from tests.integration.webhooks.conftest import SECRET, Receiver
from tests.support.postgres import eventually

SAID = "局长收受二十万元"
HERE = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
HASTY = Patience(deadline_s=5, attempts=3)


def jobs(desk: Desk, patience: Patience = HASTY) -> WebhookJobs:
    return WebhookJobs(desk.database, lambda: desk.at, patience, HERE)


async def deliver(desk: Desk, webhook: int, number: str, patience: Patience = HASTY) -> None:
    await jobs(desk, patience).deliver({"webhook_id": webhook, "number": number})


async def waiting(desk: Desk) -> list[tuple[str, int, str]]:
    rows = await desk.rows("SELECT state, attempts, last_error FROM webhook_deliveries ORDER BY id")
    return [(row["state"], row["attempts"], row["last_error"]) for row in rows]


async def time_comes(desk: Desk) -> None:
    """The next attempt is due."""
    await desk.rows("UPDATE webhook_deliveries SET next_attempt = now()")


@asynccontextmanager
async def working(desk: Desk, dsn: str, workers: int = 1) -> AsyncIterator[None]:
    hired = [Worker(dsn, {DELIVER_JOB: jobs(desk).deliver}, concurrency={DELIVER_JOB: 4}) for _ in range(workers)]
    running = [asyncio.create_task(worker.run()) for worker in hired]
    try:
        yield
    finally:
        for worker in hired:
            worker.stop()
        async with asyncio.timeout(20):
            await asyncio.gather(*running)


async def test_every_change_of_a_ticket_arrives_signed_and_in_order(
    desk: Desk, webhook: int, receiver: Receiver, dsn: str
) -> None:
    number = await desk.dispatched()
    await desk.done(number, "urge")
    async with working(desk, dsn, workers=2):
        await eventually(lambda: _has(receiver, 3))

    assert [told["actions"] for told in receiver.got] == [["receive"], ["dispatch"], ["urge"]]
    last = receiver.got[1]["ticket"]
    assert (last["number"], last["status"], last["unit_ids"]) == (number, "dispatched", ["water"])
    assert last["content"] == "小区停水"
    assert not any(secret in str(receiver.got) for secret in CALLER.values())
    assert receiver.believes(desk.at)
    assert webhook


async def _has(receiver: Receiver, number: int) -> bool:
    return len(receiver.got) >= number


async def test_what_is_not_taken_is_tried_again_by_itself(
    desk: Desk, webhook: int, receiver: Receiver, dsn: str
) -> None:
    await desk.receive()
    receiver.status = 500
    again = jobs(desk, Patience(attempts=5, first=timedelta(milliseconds=50)))
    worker = Worker(dsn, {DELIVER_JOB: again.deliver})
    running = asyncio.create_task(worker.run())
    await eventually(lambda: _has(receiver, 2))
    receiver.status = 200
    await eventually(lambda: _all_delivered(desk))
    worker.stop()
    async with asyncio.timeout(20):
        await running
    assert webhook


async def _all_delivered(desk: Desk) -> bool:
    return {state for state, _, _ in await waiting(desk)} == {"delivered"}


async def test_a_change_that_is_taken_back_is_not_told(desk: Desk, webhook: int) -> None:
    number, place = await desk.receive(), await desk.tickets.place()

    async def act_and_fail() -> None:
        async with desk.database.transaction() as connection:
            await store.change(connection, number, CorrectArgs(content="x"), FRONT, desk.at, place)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await act_and_fail()
    assert len(await waiting(desk)) == 1
    assert webhook


async def test_a_correction_is_told_with_what_stands_now(desk: Desk, webhook: int, receiver: Receiver) -> None:
    number = await desk.receive()
    await desk.tickets.correct(number, CorrectArgs(content="爆管"), FRONT)
    await deliver(desk, webhook, number)
    assert [told["actions"] for told in receiver.got] == [["receive"], ["correct"]]
    assert [told["ticket"]["content"] for told in receiver.got] == ["小区停水", "爆管"]


async def test_time_that_does_nothing_is_not_told(desk: Desk, webhook: int) -> None:
    number = await desk.dispatched()
    await desk.tickets.pass_time(number, desk.at)
    assert len(await waiting(desk)) == 2
    assert webhook


async def test_of_a_confidential_ticket_nothing_leaves(desk: Desk, webhook: int, receiver: Receiver) -> None:
    number = await desk.receive(category="report_economic", content=SAID)
    turned = await desk.receive(content=SAID)
    await desk.tickets.correct(turned, CorrectArgs.model_validate({"category": "report_economic"}), FRONT)
    for one in (number, turned):
        await deliver(desk, webhook, one)
    assert receiver.got == []
    assert await waiting(desk) == []


async def test_what_is_not_taken_is_tried_again_before_anything_later(
    desk: Desk, webhook: int, receiver: Receiver
) -> None:
    number = await desk.dispatched()
    receiver.status = 503
    await deliver(desk, webhook, number)
    await deliver(desk, webhook, number)
    assert len(receiver.got) == 1
    assert await waiting(desk) == [("waiting", 1, "status 503"), ("waiting", 0, "")]

    receiver.status = 204
    await time_comes(desk)
    await deliver(desk, webhook, number)
    assert [told["actions"] for told in receiver.got] == [["receive"], ["receive"], ["dispatch"]]
    assert len(set(receiver.ids)) == 2
    assert [state for state, _, _ in await waiting(desk)] == ["delivered", "delivered"]


async def test_one_tickets_trouble_does_not_hold_up_another(desk: Desk, webhook: int, receiver: Receiver) -> None:
    first, second = await desk.receive(), await desk.receive()
    receiver.status = 500
    await deliver(desk, webhook, first)
    receiver.status = 200
    await deliver(desk, webhook, second)
    assert [state for state, _, _ in await waiting(desk)] == ["waiting", "delivered"]


async def test_after_the_last_attempt_it_is_given_up_until_a_person_asks_again(
    desk: Desk, webhook: int, receiver: Receiver, dsn: str
) -> None:
    number = await desk.dispatched()
    receiver.status = 302
    for _ in range(5):
        await deliver(desk, webhook, number)
        await time_comes(desk)
    assert await waiting(desk) == [("given_up", 3, "status 302"), ("waiting", 0, "")]

    receiver.status = 200
    await deliver(desk, webhook, number)
    assert len(receiver.got) == 3
    async with desk.database.transaction() as connection:
        assert await outbox.redeliver(connection, webhook) == 1
    async with working(desk, dsn):
        await eventually(lambda: _has(receiver, 5))
    assert [told["actions"] for told in receiver.got[3:]] == [["receive"], ["dispatch"]]


async def test_an_endpoint_that_does_not_answer_in_time_has_not_taken_it(
    desk: Desk, webhook: int, receiver: Receiver
) -> None:
    number = await desk.receive()
    receiver.go.clear()
    await deliver(desk, webhook, number, Patience(deadline_s=0.2))
    assert [(state, attempts) for state, attempts, _ in await waiting(desk)] == [("waiting", 1)]
    receiver.go.set()


async def test_an_endpoint_that_is_not_there_is_tried_again(desk: Desk) -> None:
    async with desk.database.transaction() as connection:
        gone = await outbox.add(connection, "http://127.0.0.1:1/tickets")
    number = await desk.receive()
    await deliver(desk, gone.id, number)
    assert await waiting(desk) == [("waiting", 1, "ClientConnectorError")]


async def test_two_workers_do_not_deliver_one_ticket_at_the_same_time(
    desk: Desk, webhook: int, receiver: Receiver
) -> None:
    number = await desk.receive()
    receiver.go.clear()
    first = asyncio.create_task(deliver(desk, webhook, number))
    await eventually(lambda: _has(receiver, 1))
    await deliver(desk, webhook, number)
    receiver.go.set()
    await first
    assert len(receiver.got) == 1


async def test_a_removed_endpoint_is_told_nothing_more(desk: Desk, webhook: int, receiver: Receiver) -> None:
    number = await desk.receive()
    async with desk.database.transaction() as connection:
        await outbox.remove(connection, webhook)
    await desk.done(number, "dispatch", units=[{"unit": "water", "role": "lead"}])
    await deliver(desk, webhook, number)
    assert receiver.got == []
    assert len(await waiting(desk)) == 1


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "http://", "https://[", "x"])
async def test_what_is_no_address_is_refused(desk: Desk, url: str) -> None:
    async with desk.database.transaction() as connection:
        with pytest.raises(BadWebhookError):
            await outbox.add(connection, url)
        with pytest.raises(BadWebhookError):
            await outbox.add(connection, "https://127.0.0.1/", SECRET[:5])


async def test_an_unknown_endpoint_is_said_to_be_unknown(desk: Desk) -> None:
    async with desk.database.transaction() as connection:
        for work in (outbox.remove, outbox.redeliver):
            with pytest.raises(UnknownWebhookError):
                await _ignore(work(connection, 99))


async def _ignore(work: Any) -> None:
    await work


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_an_address_inside_is_not_reached_by_number_or_by_name_unless_its_network_is_named(
    desk: Desk, receiver: Receiver, host: str
) -> None:
    async with desk.database.transaction() as connection:
        made = await outbox.add(connection, receiver.url.replace("127.0.0.1", host), SECRET)
    number = await desk.receive()
    payload = {"webhook_id": made.id, "number": number}
    await WebhookJobs(desk.database, lambda: desk.at, HASTY).deliver(payload)
    assert receiver.got == []
    assert await waiting(desk) == [("waiting", 1, UNREACHED)]
    await time_comes(desk)
    await deliver(desk, made.id, number)
    assert len(receiver.got) == 1
