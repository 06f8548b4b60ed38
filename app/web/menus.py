"""Menus and prompts over HTTP: seen, heard, checked, put in force, gone back; for administrators."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from app.db.queries import QUERIES
from app.menu_book import Asking, MenuChanged, UnknownMenu
from app.prompt_book import MOST_BYTES, MOST_SECONDS, UnknownSound
from app.setup.telephony import directories
from app.web.auth import check
from app.web.drafts import account
from app.web.keys import DATABASE, MENUS, PROMPTS, SETTINGS, TICKETS
from app.web.origin import address
from app.web.problems import Problem
from app.web.uploads import uploaded
from app.web.views import View, not_found, record
from ivr.audio import AudioError
from ivr.menu import DEFAULT_LANGUAGE, Menu, edges, own_prompts
from ivr.menu_loader import MenuError
from ivr.prompts import load_catalogue

Text = Annotated[str, Field(max_length=200_000)]


class MenuText(BaseModel):
    """A menu as it is written."""

    model_config = ConfigDict(extra="forbid")

    text: Text


class NewMenu(MenuText):
    """`base`: the version that was in force when the writing began, null for the file."""

    note: Annotated[str, Field(max_length=200)] = ""
    base: int | None = None


class WhichVersion(BaseModel):
    """`version`: null for the file. `base`: the version that is in force now, null for the file."""

    model_config = ConfigDict(extra="forbid")

    version: int | None
    base: int | None


class WhichSound(BaseModel):
    """`sound`: null for the file."""

    model_config = ConfigDict(extra="forbid")

    sound: int | None


class MenusView(View):
    async def get(self) -> web.Response:
        """The menus that numbers lead to, and where each is from.

        Tags: admin
        """
        check(self.request, "system.read")
        book, settings = self.request.app[MENUS], self.request.app[SETTINGS]
        numbers = {name: [one.number for one in settings.numbers if one.menu == name] for name in book.current.menus}
        return self.json([{"name": name, "numbers": of, "source": book.source(name)} for name, of in numbers.items()])


class MenuView(View):
    async def get(self, name: str, /) -> web.Response:
        """The menu in force, as it is written and as a graph, with its versions, the latest first.

        Tags: admin
        """
        check(self.request, "system.read")
        return self.json(await _told(self.request, name))

    async def post(self, name: str, /, body: NewMenu) -> web.Response:
        """Keep a new version and put it in force: the next caller hears it.

        Tags: admin
        """
        who = _asking(self.request)
        book, database = self.request.app[MENUS], self.request.app[DATABASE]
        with _fitting(name):
            await book.put_in_force(database, name, body.text, body.note.strip(), body.base, who)
        return self.json(await _told(self.request, name), status=201)


class MenuCheckView(View):
    async def post(self, name: str, /, body: MenuText) -> web.Response:
        """What would be wrong with this text, line by line, and what it would lead callers through.

        Tags: admin
        """
        check(self.request, "system.read")
        with _fitting(name):
            checked = self.request.app[MENUS].check(name, body.text)
        nodes = _nodes(checked.menu) if checked.menu else []
        return self.json({"problems": checked.problems, "remarks": checked.remarks, "nodes": nodes})


class MenuInForceView(View):
    async def post(self, name: str, /, body: WhichVersion) -> web.Response:
        """Go back to an earlier version, or to the file.

        Tags: admin
        """
        who = _asking(self.request)
        book, database = self.request.app[MENUS], self.request.app[DATABASE]
        with _fitting(name if body.version is None else f"{name} {body.version}"):
            await book.go_back(database, name, body.version, body.base, who)
        return self.json(await _told(self.request, name))


class MenuVersionView(View):
    async def get(self, name: str, version: int, /) -> web.Response:
        """An earlier version as it was written.

        Tags: admin
        """
        check(self.request, "system.read")
        async with self.request.app[DATABASE].acquire() as connection:
            text = await connection.fetchval(QUERIES["menu_version"], name, version)
        if text is None:
            raise not_found("menu", f"{name} {version}")
        return self.json({"text": text})


class PromptsView(View):
    async def get(self) -> web.Response:
        """Every prompt with its words; `sound`: whether it can be heard here.

        Tags: admin
        """
        check(self.request, "system.read")
        folder = directories(self.request.app[SETTINGS]).prompts
        words = {prompt.name: prompt.text for texts in load_catalogue().values() for prompt in texts.values()}
        words |= _own_words(self.request)
        return self.json(
            [
                {"name": name, "text": text, "sound": (folder / f"{name}.wav").is_file()}
                for name, text in sorted(
                    words.items(), key=lambda item: (not item[0].startswith(DEFAULT_LANGUAGE), item)
                )
            ]
        )


class PromptView(View):
    async def get(self, language: str, prompt: str, /) -> web.StreamResponse:
        """Hear a prompt as callers do: 8 kHz, 16 bit.

        Tags: admin
        """
        check(self.request, "system.read")
        path = directories(self.request.app[SETTINGS]).prompts / language / f"{prompt}.wav"
        if not path.is_file():
            raise not_found("prompt", f"{language}/{prompt}")
        return web.FileResponse(path, headers={"Content-Type": "audio/wav", "Cache-Control": "no-cache"})


class PromptSoundsView(View):
    async def get(self, language: str, prompt: str, /) -> web.Response:
        """The recordings of a prompt that were put in force here, the latest first.

        Tags: admin
        """
        check(self.request, "system.read")
        return self.json(await _sounds(self.request, f"{language}/{prompt}"))

    async def post(self, language: str, prompt: str, /) -> web.Response:
        """Put a recording in force: `multipart/form-data` with a part `file`, of any kind and rate that ffmpeg knows.

        The next caller hears it. It is made as loud as the others, and silence at its ends is taken away.

        Tags: admin
        """
        who = _asking(self.request)
        name = f"{language}/{prompt}"
        _laid_out_here(self.request)
        _, content = await uploaded(self.request, MOST_BYTES)
        try:
            await self.request.app[PROMPTS].put_in_force(self.request.app[DATABASE], name, content, who)
        except AudioError as error:
            raise Problem(422, "Not a recording", str(error), args={"seconds": MOST_SECONDS}) from error
        return self.json(await _sounds(self.request, name), status=201)


class PromptSoundView(View):
    async def get(self, language: str, prompt: str, sound: int, /) -> web.Response:
        """Hear an earlier recording.

        Tags: admin
        """
        check(self.request, "system.read")
        async with self.request.app[DATABASE].acquire() as connection:
            found = await connection.fetchval(QUERIES["prompt_sound"], f"{language}/{prompt}", sound)
        if found is None:
            raise not_found("prompt", f"{language}/{prompt} {sound}")
        return web.Response(body=found, content_type="audio/wav")


class PromptInForceView(View):
    async def post(self, language: str, prompt: str, /, body: WhichSound) -> web.Response:
        """Go back to an earlier recording, or to the file.

        Tags: admin
        """
        who = _asking(self.request)
        name = f"{language}/{prompt}"
        _laid_out_here(self.request)
        try:
            await self.request.app[PROMPTS].go_back(self.request.app[DATABASE], name, body.sound, who)
        except UnknownSound as error:
            raise not_found("prompt", f"{name} {body.sound}") from error
        return self.json(await _sounds(self.request, name))


def _laid_out_here(request: web.Request) -> None:
    """Nodes that the city runs itself have their own folders, which are not ours to change."""
    if not request.app[SETTINGS].owns_asterisk:
        raise Problem(409, "Prompts are kept on the nodes", "Put recordings into the nodes' prompt folders.")


async def _sounds(request: web.Request, name: str) -> list[dict[str, Any]]:
    async with request.app[DATABASE].acquire() as connection:
        return [record(dict(row)) for row in await connection.fetch(QUERIES["prompt_sounds"], name)]


async def _told(request: web.Request, name: str) -> dict[str, Any]:
    book = request.app[MENUS]
    with _fitting(name):
        text = book.text(name)
    async with request.app[DATABASE].acquire() as connection:
        in_force = await connection.fetch(QUERIES["menus_in_force"])
        versions = await connection.fetch(QUERIES["menu_versions"], name)
    own = next((row for row in in_force if row["name"] == name), None)
    return {
        "name": name,
        "source": book.source(name),
        "text": text,
        "version": own and own["version_id"],
        "changed_by": own and own["changed_by"],
        "changed_at": own and own["changed_at"],
        "versions": [record(dict(row)) for row in versions],
        "nodes": _nodes(book.current.menus[name]),
    }


def _nodes(menu: Menu) -> list[dict[str, Any]]:
    """What callers are led through: the start first, then as they are written."""
    ordered = sorted(menu.nodes.items(), key=lambda item: item[0] != menu.start)
    return [
        {
            "id": name,
            "kind": node.kind,
            "prompts": [f"{menu.language}/{prompt}" for _, prompt in own_prompts(node)],
            "leads": [{"by": edge.path[-1], "to": edge.target} for edge in edges(node)],
        }
        for name, node in ordered
    ]


def _own_words(request: web.Request) -> Mapping[str, str]:
    menus = request.app[MENUS].current.menus.values()
    return {f"{menu.language}/{prompt}": text for menu in menus for prompt, text in menu.texts.items()}


def _asking(request: web.Request) -> Asking:
    who = account(check(request, "system.change"))
    return Asking(who, request.app[TICKETS].now(), address(request))


@contextmanager
def _fitting(named: str) -> Iterator[None]:
    """What the book refuses, as a problem: 404 for what there is not, 422 for faults, 409 where others were faster."""
    try:
        yield
    except UnknownMenu as error:
        raise not_found("menu", named) from error
    except MenuError as error:
        raise Problem(422, "The menu has faults", str(error), problems=error.problems) from error
    except MenuChanged as error:
        told = "Somebody else has put another version in force meanwhile."
        raise Problem(409, "The menu has changed", told) from error
