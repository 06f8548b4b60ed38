"""`hotline audit`: who looked at or changed what."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

import click

from app.commands.with_database import in_database, print_json, settings_or_exit
from app.db.pool import Database
from app.people import audit
from app.people.audit import Recorded

TIME = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"])
_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


@click.command()
@click.option("--user", metavar="NAME", help="Only what this person did.")
@click.option("--subject", metavar="ID", help="Only what was done to this, such as ticket:20260930-000001.")
@click.option("--from", "since", type=TIME, help="From this local time on.")
@click.option("--to", "before", type=TIME, help="Before this local time.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output.")
def command(
    user: str | None, subject: str | None, since: datetime | None, before: datetime | None, limit: int, as_json: bool
) -> None:
    """Show the audit log, the newest line first: looks at protected callers and recordings, logins, changes."""
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


def one_line(subject: str) -> str:
    """A subject on one line: what came in a request's path looks like no other entry, and steers no terminal."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in subject)
