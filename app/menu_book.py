"""The menus that callers hear, changed while calls go on: checked, kept in every version, copied to disk."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import structlog

from app.db.pool import Connection, Database, once_there
from app.db.queries import QUERIES
from app.menus import MenuSet, desk_copy, load_menus, menu_file, menu_of, unknown_services
from app.people.audit import Entry, record
from app.people.model import Person
from app.private import write_whole
from app.settings import Settings
from ivr.menu import Menu
from ivr.menu_loader import MENUS, MenuError, read_menu

log = structlog.get_logger(__name__)

Source = Literal["desk", "file", "shipped"]
Follower = Callable[[MenuSet], Awaitable[None]]
"""Brings something up to date with changed menus: Asterisk's dialplan."""


class UnknownMenu(LookupError):  # noqa: N818 - named for what is the matter
    """No number leads to a menu of this name, or it has no such version."""


class MenuChanged(Exception):  # noqa: N818 - named for what happened
    """Somebody else has put another version in force meanwhile."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What is to be said of a text: as a menu that can be used, or why it cannot be; each with its line."""

    menu: Menu | None
    problems: tuple[str, ...]
    remarks: tuple[str, ...]


class MenuBook:
    """`current` is never away: until Postgres has been read it is the copy on disk, else the city's or shipped files.

    A caller who is in a menu already goes on in the one that was in force at the beginning.
    """

    def __init__(self, settings: Settings, current: MenuSet, sounds: Path | None) -> None:
        """`sounds`: the folder with all prompts, if it is on this machine."""
        self.current = current
        self._settings = settings
        self._sounds = sounds
        self._followers: list[Follower] = []
        self._changing = asyncio.Lock()

    def follow(self, follower: Follower) -> None:
        """Have a follower called after every change."""
        self._followers.append(follower)

    def source(self, name: str) -> Source:
        """Where the menu in force is from."""
        path = menu_file(self._settings, name)
        if path == desk_copy(self._settings, name):
            return "desk"
        return "shipped" if path.parent == MENUS else "file"

    def text(self, name: str) -> str:
        """The menu in force as it was written. Raises UnknownMenu."""
        self._known(name)
        return menu_file(self._settings, name).read_text(encoding="utf-8")

    def check(self, name: str, text: str) -> Checked:
        """What `hotline menu check` says of it, and whether all it says can be heard. Raises UnknownMenu."""
        self._known(name)
        try:
            menu, remarks = read_menu(text, source=name)
        except MenuError as error:
            return Checked(None, tuple(error.problems), ())
        if unknown := unknown_services(self._settings, menu):
            return Checked(None, tuple(unknown), ())
        problems = self._unheard(menu)
        if menu.name != name:
            problems.append(f"{name}: the menu calls itself {menu.name!r}; numbers lead to {name!r}")
        return Checked(None if problems else menu, tuple(problems), tuple(remarks))

    async def take_over(self, database: Database) -> None:
        """Go by the database from now on; waits while it is away."""
        try:
            await once_there(lambda: self._change(database, _nothing))
        except MenuError as error:
            log.error("menus stay as they were: the database's cannot be used", why=str(error))

    async def put_in_force(
        self, database: Database, name: str, text: str, note: str, base: int | None, who: Asking
    ) -> int:
        """Keep a new version and let the next caller hear it; its number.

        `base`: the version in force when the writing began. Raises UnknownMenu, MenuError, MenuChanged,
        DatabaseUnavailable; then nothing is changed.
        """
        if problems := self.check(name, text).problems:
            raise MenuError(list(problems))
        made: list[int] = []

        async def work(connection: Connection) -> None:
            await _expect(connection, name, base)
            made.append(
                await connection.fetchval(QUERIES["menu_version_add"], name, text, note, who.person.name, who.at)
            )
            await _switch(connection, name, made[0], who)

        await self._change(database, work)
        return made[0]

    async def go_back(self, database: Database, name: str, version: int | None, base: int | None, who: Asking) -> None:
        """Put an earlier version in force, or the file again (None). Raises as `put_in_force`."""
        self._known(name)

        async def work(connection: Connection) -> None:
            await _expect(connection, name, base)
            if version is not None and not await connection.fetchval(QUERIES["menu_version_exists"], name, version):
                raise UnknownMenu(name)
            await _switch(connection, name, version, who)

        await self._change(database, work)

    async def _change(self, database: Database, work: Callable[[Connection], Awaitable[None]]) -> None:
        """Do the work in one transaction, and go by what the database holds if all of it can be used."""
        async with self._changing:
            async with database.transaction() as connection:
                await work(connection)
                rows = await connection.fetch(QUERIES["menus_in_force"])
                texts = {row["name"]: row["text"] for row in rows if row["text"] is not None}
                menus = {name: self._menu(name, texts) for name in self.current.menus}
            before = dict(self.current.menus)
            self.current.adopt(menus)
            try:
                await asyncio.to_thread(self._write_copies, texts)
            except OSError as error:
                log.error("menus are in force, but not on disk: a start without Postgres has the old", why=str(error))
            if menus != before:
                await self._tell()

    async def _tell(self) -> None:
        for follower in self._followers:
            try:
                await follower(self.current)
            except Exception:
                # The edge where a fault of one follower costs that one its news; the next change tells it again.
                log.exception("not everything follows the new menus")

    def _menu(self, name: str, texts: Mapping[str, str]) -> Menu:
        if name in texts:
            return menu_of(self._settings, texts[name], name)
        path = menu_file(self._settings, name, of_desk=False)
        return menu_of(self._settings, path.read_text(encoding="utf-8"), str(path))

    def _write_copies(self, texts: Mapping[str, str]) -> None:
        """Keep the menus in force on disk for a start without Postgres, each whole or not at all."""
        for name in self.current.menus:
            copy = desk_copy(self._settings, name)
            if name in texts:
                write_whole(copy, texts[name])
            else:
                copy.unlink(missing_ok=True)

    def _unheard(self, menu: Menu) -> list[str]:
        """Words of the menu's own for which there is no recording: a caller would hear nothing."""
        if self._sounds is None:
            return []
        names = [f"{menu.language}/{prompt}" for prompt in menu.texts]
        missing = [name for name in names if not (self._sounds / f"{name}.wav").is_file()]
        return [f"{menu.name}: prompt {name} has no sound; put a recording into prompts_dir" for name in missing]

    def _known(self, name: str) -> None:
        if name not in self.current.menus:
            raise UnknownMenu(name)


@dataclass(frozen=True, slots=True)
class Asking:
    """Who changes a menu, when (aware), and from which address."""

    person: Person
    at: datetime
    address: str | None


def open_book(settings: Settings, prompts: Path) -> MenuBook:
    """The menus at the start of the service. `prompts`: where Asterisk finds sounds. Raises MenuError."""
    return MenuBook(settings, load_menus(settings, prompts), prompts if settings.owns_asterisk else None)


async def _nothing(_connection: Connection) -> None:
    """Nothing is changed: what the database holds is read."""


async def _expect(connection: Connection, name: str, base: int | None) -> None:
    row = await connection.fetchrow(QUERIES["menu_in_force"], name)
    if (row["version_id"] if row else None) != base:
        raise MenuChanged


async def _switch(connection: Connection, name: str, version: int | None, who: Asking) -> None:
    await connection.execute(QUERIES["menu_put_in_force"], name, version, who.person.name, who.at)
    detail = {"version": version}
    await record(connection, Entry(who.person, "menu.change", f"menu:{name}", who.address, detail))
