"""`hotline demo`: the main job before your eyes, on real parts: Asterisk, SIP phones, Postgres, speech recognition."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import click
import structlog

from app.commands.running import configure_logging, run, stop_event
from app.demo.play import Phones, play
from app.demo.report import Outcome, as_json, as_text, read_outcome
from app.demo.shows import SHOWS, show
from app.demo.sipp import PhoneError
from app.demo.speech import demo_script
from app.demo.stage import console_user, demo_settings, free_ports, stage
from app.jobs.service import working
from app.main import Service
from app.setup.cache import cache_dir

log = structlog.get_logger(__name__)

_TRANSCRIPT_S = 90.0
_LOOK_S = 0.1
_WEB_PORT = 8345
THREE_PARTY = "three-party"
_ABOUT = {THREE_PARTY: "三方通话：从拨打12345到工单"} | {name: each.about for name, each in SHOWS.items()}


@click.command()
@click.argument("name", type=click.Choice([THREE_PARTY, *SHOWS]), default=THREE_PARTY)
@click.option("--list", "listed", is_flag=True, help="Print the names of the demonstrations and what each shows.")
@click.option("--once", is_flag=True, help="End after the call instead of serving until Ctrl-C.")
@click.option("--json", "as_object", is_flag=True, help="Print one JSON object on standard output, all else elsewhere.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Keep the demonstration's data here.")
def command(name: str, listed: bool, once: bool, as_object: bool, data_dir: Path | None) -> None:
    """Play one call on real parts and show it; without a NAME the three-party call from dialling 12345 to the ticket.

    A SIPp citizen dials and presses a key, a SIPp operator answers, a SIPp duty phone is conferenced in; they speak,
    hang up, and the transcript and the ticket are printed. The other demonstrations say what must hold in them and what
    Asterisk showed of it; they end by themselves, with status 1 where something did not hold.
    """
    if listed:
        click.echo("\n".join(f"{each}\t{about}" for each, about in _ABOUT.items()))
        return
    folder = data_dir or cache_dir() / "demo"
    if name == THREE_PARTY:
        run(lambda: _demo(once=once, as_object=as_object, data_dir=folder))
    run(lambda: _show_one(name, as_object=as_object, data_dir=folder))


async def _show_one(name: str, *, as_object: bool, data_dir: Path) -> int:
    ports = free_ports()
    settings = demo_settings(data_dir, ports, sections=SHOWS[name].sections(ports))
    configure_logging(settings)
    status = 1
    with suppress(asyncio.CancelledError):
        async with stop_event(), stage(settings) as service:
            try:
                shown = await show(name, service, Phones(ports, data_dir / "phones"), _say)
            except (PhoneError, TimeoutError) as error:
                _say(f"演示失败：{error}")
                return 1
            if as_object:
                click.echo(json.dumps(shown.as_data(name), ensure_ascii=False))
            else:
                click.echo("\n".join(f"{'✓' if one.ok else '✗'} {one.what}  {one.seen}" for one in shown.holds))
            status = 0 if all(one.ok for one in shown.holds) else 1
    return status


async def _demo(*, once: bool, as_object: bool, data_dir: Path) -> int:
    ports = free_ports()
    settings = demo_settings(data_dir, ports, web_port=None if once else _WEB_PORT)
    configure_logging(settings)
    status = 1
    with suppress(asyncio.CancelledError):
        async with stop_event() as stopping, AsyncExitStack() as stack:
            _say("启动 Postgres、Asterisk 和热线服务……")
            service = await stack.enter_async_context(stage(settings))
            await stack.enter_async_context(working(settings, service.dsn, service.database))
            outcome = await _call(service, Phones(ports, data_dir / "phones"))
            if outcome is None:
                return 1
            _show(outcome, service, as_object=as_object)
            status = 0
            if not once:
                name, password = await console_user(service.database)
                _say(f"控制台 http://127.0.0.1:{settings.web.port}/  用户 {name}  密码 {password}  (Ctrl-C 结束)")
                await stopping.wait()
    return status


async def _call(service: Service, phones: Phones) -> Outcome | None:
    try:
        call_id = await play(service, phones, demo_script(), _say)
        _say("识别录音……")
        return await _outcome(service, call_id)
    except (PhoneError, TimeoutError) as error:
        _say(f"演示失败：{error}")
        return None


async def _outcome(service: Service, call_id: str) -> Outcome:
    async with asyncio.timeout(_TRANSCRIPT_S):
        while True:
            async with service.database.acquire() as connection:
                outcome = await read_outcome(connection, call_id)
            if outcome is not None:
                return outcome
            await asyncio.sleep(_LOOK_S)


def _show(outcome: Outcome, service: Service, *, as_object: bool) -> None:
    if as_object:
        print(json.dumps(as_json(outcome, service.settings), ensure_ascii=False))  # noqa: T201 - the command's result
        sys.stdout.flush()
    else:
        click.echo(as_text(outcome, service.settings))


def _say(text: str) -> None:
    click.echo(text, err=True)
