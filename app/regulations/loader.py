"""Reads a regulation profile from its YAML file, fills in the city's own figures, and checks what types cannot say."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from app.matters.clock import Duration, Span
from app.matters.model import Action, Category
from app.regulations.form.base import MOST_DAYS, Conditional, Match
from app.regulations.profile import Profile
from ivr.yaml_source import YamlSource, YamlSourceError, load_yaml, problems

Settings = Mapping[str, int | str]


class ProfileError(ValueError):
    """A profile cannot be used. `problems` are texts of the form `file:line: key: message`."""

    def __init__(self, found: Iterable[str]) -> None:
        self.problems = tuple(found)
        super().__init__("\n".join(self.problems))


class SettingsError(ProfileError):
    """The city's own figures do not fit the profile; each problem names the setting and its article."""


@dataclass(frozen=True)
class ProfileFile:
    """A valid profile as its file has it: figures the city must give are still open."""

    profile: Profile
    source: YamlSource


def available() -> list[str]:
    """The ids of the profiles that come with the product."""
    folder = resources.files("app.regulations")
    return sorted(item.name.removesuffix(".yaml") for item in folder.iterdir() if item.name.endswith(".yaml"))


def read(path_or_id: str | Path) -> ProfileFile:
    """The profile of that id, or in that file, with the city's figures still open.

    Raises ProfileError for a file that cannot be read or is no valid profile.
    """
    if isinstance(path_or_id, str) and path_or_id in available():
        return _shipped(path_or_id)
    path = Path(path_or_id)
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        known = ", ".join(available())
        raise ProfileError([f"{path}: no such profile and no readable file ({error}); known: {known}"]) from error
    return parse(text, str(path))


def parse(text: str, source: str = "<text>") -> ProfileFile:
    """A profile from YAML text; raises ProfileError."""
    try:
        src = load_yaml(text, source)
        profile = Profile.model_validate(_filled(src.data, _choices(src.data)))
    except YamlSourceError as error:
        raise ProfileError([str(error)]) from error
    except ValidationError as error:
        raise ProfileError(problems(error, src)) from error
    faults = [*_blanks(src), *_faults(profile, set(_named(src.data)))]
    if found := [f"{source}:{src.line(path)}: {key(path)}: {message}" for path, message in faults]:
        raise ProfileError(found)
    return ProfileFile(profile, src)


def load_profile(path_or_id: str | Path, settings: Settings | None = None) -> Profile:
    """The profile with the city's figures filled in, ready for the engine.

    Raises ProfileError for a bad file, SettingsError for a figure that is missing, unknown or out of bounds.
    """
    return fill_in(read(path_or_id), settings or {})


def fill_in(file: ProfileFile, settings: Settings) -> Profile:
    """The profile with the city's figures; raises SettingsError."""
    declared, source = file.profile.settings, file.source.source
    found = [f"{source}: settings.{name}: 本办法没有此项设定" for name in settings if name not in declared]
    figures: dict[str, int | str] = {}
    for name, setting in declared.items():
        value = settings.get(name, setting.default)
        where = f"{source}:{file.source.line(['settings', name])}: settings.{name}"
        if value is None:
            found.append(f"{where}: 必须由本市填写：{setting.about}({setting.article})")
        elif not setting.takes(value):
            wanted = f"{'、'.join(setting.choices)}之一" if setting.choices else f"1至{MOST_DAYS}的整数"
            found.append(f"{where}: 须为{wanted}，不能是{value!r}({setting.article})")
        else:
            figures[name] = value
    if found:
        raise SettingsError(found)
    filled = Profile.model_validate(_filled(file.source.data, figures))
    if too_long := [f"{source}: {key(path)}: {text}" for path, text in _over_ceiling(filled)]:
        raise SettingsError(too_long)
    return filled


def key(path: tuple[str | int, ...]) -> str:
    """A path as people write it."""
    return ".".join(str(part) for part in path)


def durations(model: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Duration]]:
    """Every duration in a profile, with its path."""
    if isinstance(model, Duration):
        yield path, model
    elif isinstance(model, BaseModel):
        for name, field in type(model).model_fields.items():
            yield from durations(getattr(model, name), (*path, field.alias or name))
    elif isinstance(model, Mapping):
        for name, value in model.items():
            yield from durations(value, (*path, str(name)))
    elif isinstance(model, tuple):
        for index, value in enumerate(model):
            yield from durations(value, (*path, index))


@cache
def _shipped(name: str) -> ProfileFile:
    """A profile that comes with the product; it does not change while the program runs."""
    text = (resources.files("app.regulations") / f"{name}.yaml").read_text("utf-8")
    return parse(text, f"{name}.yaml")


def _choices(data: Any) -> dict[str, int | str]:
    """What stands in a file for each choice that the city has not made; wrong entries are found by the form."""
    settings = data.get("settings") if isinstance(data, dict) else None
    entries = settings.items() if isinstance(settings, dict) else ()
    return {
        name: one["default"] for name, one in entries if isinstance(one, dict) and {"choices", "default"} <= set(one)
    }


def _named(data: Any) -> Iterator[str]:
    """The names of the settings that a file uses."""
    if isinstance(data, dict | list):
        for value in data.values() if isinstance(data, dict) else data:
            yield from _named(value)
    elif isinstance(data, str) and data.startswith("$"):
        yield data[1:].partition(" ")[0]


def _filled(data: Any, figures: Settings) -> Any:
    """The file's data with `$name` replaced by what the city set; a figure still open stays as it is."""
    if isinstance(data, dict):
        return {name: _filled(value, figures) for name, value in data.items()}
    if isinstance(data, list):
        return [_filled(value, figures) for value in data]
    if isinstance(data, str) and data.startswith("$"):
        name, _, span = data[1:].partition(" ")
        return f"{figures[name]} {span}".strip() if name in figures else data
    return data


def _blanks(src: YamlSource) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """A figure left blank would silently mean that there is no limit."""
    for path in src.blanks:
        yield path, "is left blank; write its value, a figure the city gives ($name wd), or null where there is none"


def _faults(profile: Profile, named: set[str]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """What is wrong between entries: figures not declared or not used, limits over their ceiling, articles."""
    used = {duration.setting: path for path, duration in durations(profile) if duration.setting}
    for name, path in used.items():
        if name not in profile.settings:
            yield path, f"the figure ${name} is not declared under settings"
    for name in profile.settings:
        if name not in named:
            yield ("settings", name), "no limit uses this figure"
    for index, reading in enumerate(profile.contested):
        if reading.setting and reading.setting not in profile.settings:
            yield ("contested", index, "setting"), f"{reading.setting} is not declared under settings"
    yield from _incomplete(profile)
    yield from _over_ceiling(profile)
    ids = [rule.id for rule in profile.escalation]
    for index, name in enumerate(ids):
        if name in ids[:index]:
            yield ("escalation", index, "id"), f"{name} is there twice"
    seen: set[str] = set()
    for index, article in enumerate(profile.articles):
        if article.article in seen:
            yield ("articles", index), f"{article.article} is listed twice"
        seen.add(article.article)


def _incomplete(profile: Profile) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Categories and actions without an entry, and lists of rules that leave some tickets without one."""
    for category in sorted(set(Category) - set(profile.categories)):
        yield ("categories",), f"{category} is missing"
    for action in sorted(set(Action) - set(profile.actions)):
        yield ("actions",), f"{action} is missing"
    for subject in ("answer", "accept", "inform", "report", "extension", "follow_up"):
        rules: tuple[Conditional, ...] = getattr(profile, subject)
        if not rules or rules[-1].when != Match():
            yield (subject,), "the last rule must cover every ticket (no `when`)"


def _over_ceiling(profile: Profile) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for index, rule in enumerate(profile.report):
        within, ceiling = rule.within, rule.ceiling
        if within and ceiling and not within.setting and not ceiling.setting and _days(within) > _days(ceiling):
            yield ("report", index, "within"), f"{within} is more than the ceiling {ceiling} ({rule.article})"


def _days(duration: Duration) -> int:
    """A rough number of days, only to compare a limit with its ceiling."""
    return duration.number if duration.span is not Span.HOURS else duration.number // 24
