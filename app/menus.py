"""The menus in use: shipped ones and the city's own, each as the interpreter takes it and as fallback dialplan."""

from __future__ import annotations

import wave
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import structlog

from app.settings import Settings
from ivr.dialplan import compile_dialplan
from ivr.menu import Menu, Queue
from ivr.menu_loader import MENUS, MenuError, load_menu

log = structlog.get_logger(__name__)

_UNKNOWN_S = 20.0


@dataclass(frozen=True, slots=True)
class MenuSet:
    """Menus by name, and which number leads to which. `prompt_path` is the prompt folder as Asterisk sees it.

    `menus` is one and the same for all who have a copy with another path: what is put in force is there for all.
    """

    menus: dict[str, Menu]
    numbers: Mapping[str, str]
    prompt_path: str

    def of_number(self, dialled: str) -> Menu:
        """The menu of a dialled number; the first number's where the trunk sent something else."""
        name = self.numbers.get(dialled) or next(iter(self.numbers.values()))
        return self.menus[name]

    def adopt(self, menus: Mapping[str, Menu]) -> None:
        """Go by these from the next caller on."""
        self.menus.update(menus)

    def dialplan(self) -> dict[str, str]:
        """Every menu compiled for the time when the service is down."""
        return {name: compile_dialplan(menu, prompt_path=self.prompt_path) for name, menu in self.menus.items()}

    def prompt_names(self) -> frozenset[str]:
        """Names of prompts that only the city's own menus have."""
        return frozenset(f"{menu.language}/{prompt}" for menu in self.menus.values() for prompt in menu.texts)

    def sound(self, prompt: str) -> str:
        """A prompt as Asterisk's applications take it: the path without an ending."""
        return f"{self.prompt_path}/{prompt}"

    def seconds(self, prompt: str) -> float:
        """How long a prompt takes; a generous guess where the file is not on this machine."""
        return _seconds(f"{self.sound(prompt)}.wav")


@cache
def _seconds(path: str) -> float:
    """Read once: prompts are laid out when the service starts, and every caller hears them."""
    try:
        with wave.open(path) as file:
            return float(file.getnframes() / file.getframerate())
    except (OSError, EOFError, wave.Error):
        return _UNKNOWN_S


def forget_lengths() -> None:
    """Prompts have other sounds now: measure them anew."""
    _seconds.cache_clear()


def load_menus(settings: Settings, prompt_path: Path) -> MenuSet:
    """Load every menu that a number leads to. Raises MenuError with every problem of every file."""
    numbers = {number.number: number.menu for number in settings.numbers}
    menus: dict[str, Menu] = {}
    problems: list[str] = []
    for name in dict.fromkeys(numbers.values()):
        try:
            menus[name] = _load(settings, name)
        except MenuError as error:
            problems += error.problems
    if problems:
        raise MenuError(problems)
    return MenuSet(menus, numbers, str(prompt_path))


def unknown_services(settings: Settings, menu: Menu) -> list[str]:
    """A key that promises help must be able to give it."""
    known = {service.id for service in settings.services if service.emergency}
    return [
        f"menu {menu.name}, node {name}: {node.service} is no emergency service; put it under [[services]]"
        for name, node in menu.nodes.items()
        if isinstance(node, Queue) and node.service and node.service not in known
    ]


def _load(settings: Settings, name: str) -> Menu:
    copy = desk_copy(settings, name)
    if copy.is_file():
        try:
            return menu_of(settings, copy.read_text(encoding="utf-8"), str(copy))
        except (MenuError, OSError, UnicodeDecodeError) as error:
            # Callers must be answered: by the file, until an administrator has looked.
            log.error("the menu of the desk cannot be used, its file is", menu=name, why=str(error))
    path = menu_file(settings, name, of_desk=False)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise MenuError([f"{path}: no such menu; put the file there or name another menu in the settings"]) from None
    return menu_of(settings, text, str(path))


def menu_of(settings: Settings, text: str, source: str) -> Menu:
    """A menu that can be used in this city. Raises MenuError."""
    menu = load_menu(text, source=source)
    if problems := unknown_services(settings, menu):
        raise MenuError(problems)
    return menu


def desk_copy(settings: Settings, name: str) -> Path:
    """Where the menu is kept that was put in force in the desk: for a start without Postgres."""
    return settings.data_dir / "menus" / f"{name}.yaml"


def menu_file(settings: Settings, name: str, *, of_desk: bool = True) -> Path:
    """What was put in force in the desk, else the city's own file of that name, else the shipped one."""
    if of_desk and (copy := desk_copy(settings, name)).is_file():
        return copy
    if settings.menus_dir is not None and (settings.menus_dir / f"{name}.yaml").is_file():
        return settings.menus_dir / f"{name}.yaml"
    return MENUS / f"{name}.yaml"
