"""`hotline audit`: who looked at or changed what, and whether the log is still what was written."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

import click

from app.commands.with_database import in_database, print_json, settings_or_exit
from app.db.pool import Database
from app.people import audit, chain
from app.people.audit import Recorded
from app.people.chain import Chain, Head


class _HeadType(click.ParamType[Head]):
    name = "PLACE:SEAL"

    def convert(self, value: str | Head, param: click.Parameter | None, ctx: click.Context | None) -> Head:
        """A head as it was printed."""
        try:
            return value if isinstance(value, Head) else Head.noted(value)
        except ValueError:
            self.fail(f"{value}: a place and 64 hexadecimal digits, as `hotline audit verify` prints them", param, ctx)


HEAD = _HeadType()
TIME = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"])
_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


@click.group(invoke_without_command=True)
@click.option("--user", metavar="NAME", help="Only what this person did.")
@click.option("--subject", metavar="ID", help="Only what was done to this, such as ticket:20260930-000001.")
@click.option("--from", "since", type=TIME, help="From this local time on.")
@click.option("--to", "before", type=TIME, help="Before this local time.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output.")
@click.pass_context
def command(
    context: click.Context,
    user: str | None,
    subject: str | None,
    since: datetime | None,
    before: datetime | None,
    limit: int,
    as_json: bool,
) -> None:
    """Show the audit log, the newest line first: looks at protected callers and recordings, logins, changes."""
    if context.invoked_subcommand:
        return
    settings = settings_or_exit()
    first = since.replace(tzinfo=settings.zone) if since else _FIRST
    last = before.replace(tzinfo=settings.zone) if before else _LAST

    async def work(database: Database) -> tuple[Recorded, ...]:
        async with database.acquire() as connection:
            return await audit.read(connection, first, last, user_name=user, subject=subject, limit=limit)

    lines = in_database(settings, work)
    if as_json:
        print_json([asdict(line) for line in lines])
        return
    for line in lines:
        at = line.at.astimezone(settings.zone)
        who, what = f"{line.user_name:<20} {line.action:<24}", one_line(line.subject)
        click.echo(f"{at:%Y-%m-%d %H:%M:%S}  {who} {what}  {line.address or '-'}")


@command.command("verify")
@click.option("--head", "noted", type=HEAD, help="A head printed earlier: it must still stand at its place.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output.")
def verify(noted: Head | None, as_json: bool) -> None:
    """Look through the whole log for lines changed or taken out; exit status 1 where there are any.

    Note the head it prints in a place which whoever owns the database cannot change, and give it with --head next time.
    """
    settings = settings_or_exit()

    async def work(database: Database) -> Chain:
        await chain.seal_new(database)
        return await chain.verify(database, datetime.now(settings.zone), noted)

    found = in_database(settings, work)
    if as_json:
        print_json({"head": str(found.head), "faults": [asdict(fault) for fault in found.faults]})
    else:
        for fault in found.faults:
            line = f", line {fault.line_id}" if fault.line_id is not None else ""
            number = f" ({fault.count})" if fault.count > 1 else ""
            click.echo(f"place {fault.place}{line}: {fault.what}{number}", err=True)
        click.echo(f"{found.head.place} lines, {'NOT as written' if found.faults else 'all as written'}")
        click.echo(f"head {found.head}")
    if found.faults:
        raise SystemExit(1)


def one_line(subject: str) -> str:
    """A subject on one line: what came in a request's path looks like no other entry, and steers no terminal."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in subject)
