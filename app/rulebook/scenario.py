"""Runs a written scenario under a regulation: what each step does, what is due, what is late, who is told, who sees.

Input and output are described in `docs/regulations.md`. Pure but for reading the profile; the ticket's number is
always SCENARIO-1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, StrictInt, StrictStr, ValidationError

from app.matters.clock import Calendar, local
from app.matters.model import Action, Actor, LimitName, Role, Ticket, Unit
from app.regulations.loader import SettingsError, available, fill_in, read
from app.tickets.actions import UNIT_ACTIONS, Args, ReceiveArgs, default_role, instant, parse_args
from app.tickets.engine import apply, tick
from app.tickets.jurisdiction import Jurisdiction
from app.tickets.limits import Limits, late_limits, open_limits, shown
from app.tickets.notices import Notice
from app.tickets.refusal import Refusal
from app.tickets.visibility import visible_to
from ivr.yaml_source import Path as YamlPath
from ivr.yaml_source import YamlSource, YamlSourceError, complaints, load_yaml, problems

TICK = "tick"
NUMBER = "SCENARIO-1"


class ScenarioError(ValueError):
    """A scenario cannot be run. `problems` are texts of the form `file:line: key: message`."""

    def __init__(self, found: list[str]) -> None:
        self.problems = tuple(found)
        super().__init__("\n".join(found))


class UnitEntry(Unit):
    """A unit as a scenario names it; a telephone number may be written as a number."""

    phone: Annotated[str, BeforeValidator(lambda v: str(v) if type(v) is int else v)] = ""


class Frame(BaseModel):
    """The scenario but for what its steps mean."""

    model_config = ConfigDict(extra="forbid")

    profile: str
    settings: Annotated[dict[str, StrictInt | StrictStr], BeforeValidator(lambda v: {} if v is None else v)] = {}
    units: Annotated[list[UnitEntry], BeforeValidator(lambda v: [] if v is None else v)] = []
    steps: list[dict[str, Any]]


@dataclass(frozen=True)
class Step:
    """One step, understood: at that time this actor does this; without `args` only time passes."""

    at: datetime
    do: str
    actor: Actor | None = None
    args: Args | None = None


@dataclass(frozen=True)
class Scenario:
    place: Jurisdiction
    steps: tuple[Step, ...]


def load_scenario(path: Path, calendar: Calendar | None = None) -> Scenario:
    """The scenario in that file; a profile named by a path is looked for beside it.

    Raises ScenarioError for a scenario, ProfileError for a profile that cannot be used.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError([f"{path}: {error}"]) from error
    return parse_scenario(text, str(path), calendar, path.parent)


def parse_scenario(
    text: str, source: str = "<text>", calendar: Calendar | None = None, folder: Path | None = None
) -> Scenario:
    """A scenario from YAML text; raises ScenarioError or ProfileError with every problem and its line."""
    try:
        src = load_yaml(text, source)
        frame = Frame.model_validate(src.data)
    except YamlSourceError as error:
        raise ScenarioError([str(error)]) from error
    except ValidationError as error:
        raise ScenarioError(problems(error, src)) from error
    place = _place(frame, src, calendar or Calendar(), folder)
    found: list[str] = []
    steps = [_step(index, data, src, place, found) for index, data in enumerate(frame.steps)]
    found += _out_of_order(steps, src)
    if found:
        raise ScenarioError(found)
    return Scenario(place, tuple(step for step in steps if step is not None))


def run_scenario(scenario: Scenario) -> dict[str, Any]:
    """Every step in its order; the result is plain JSON data."""
    ticket: Ticket | None = None
    results: list[dict[str, Any]] = []
    for step in scenario.steps:
        ticket, result = _run(ticket, step, scenario.place)
        results.append(result)
    return {"profile": scenario.place.profile.id, "steps": results}


def _run(ticket: Ticket | None, step: Step, place: Jurisdiction) -> tuple[Ticket | None, dict[str, Any]]:
    """Time passes first, whether or not the action is then refused."""
    passed = tick(ticket, step.at, place) if ticket else None
    ticket = passed.ticket if passed else None
    notices = passed.notices if passed else ()
    limits = open_limits(ticket, step.at)
    late = late_limits(ticket, step.at)
    refusal: Refusal | None = None
    if step.args is not None and step.actor is not None:
        outcome = apply(ticket, step.args, step.actor, step.at, place)
        if isinstance(outcome, Refusal):
            refusal = outcome
        else:
            ticket, limits, late = outcome.ticket, outcome.limits, outcome.late
            notices = (*notices, *outcome.notices)
    return ticket, _result(step, ticket, refusal, limits, late, notices, place)


def _result(
    step: Step,
    ticket: Ticket | None,
    refusal: Refusal | None,
    limits: Limits,
    late: tuple[LimitName, ...],
    notices: tuple[Notice, ...],
    place: Jurisdiction,
) -> dict[str, Any]:
    return {
        "at": local(step.at).isoformat(),
        "do": step.do,
        "ok": refusal is None,
        "error": None if refusal is None else str(refusal),
        "article": None if refusal is None else refusal.article,
        "status": ticket.status.value if ticket else None,
        "limits": {name.value: local(at).isoformat() if at else None for name, at in shown(limits).items()},
        "late": [name.value for name in late],
        "notices": [{"to": str(one.to), "kind": str(one.kind), "text": one.text} for one in notices],
        "visible_to": _visible(ticket, place),
    }


def _visible(ticket: Ticket | None, place: Jurisdiction) -> dict[str, dict[str, bool]]:
    if ticket is None:
        return {}
    return {role.value: dict(view) for role, view in visible_to(ticket, place).items()}


def _place(frame: Frame, src: YamlSource, calendar: Calendar, folder: Path | None) -> Jurisdiction:
    named: str | Path = frame.profile
    if frame.profile not in available():
        named = (folder or Path()) / frame.profile
    file = read(named)
    found = [
        f"{src.source}:{src.line(['settings', name])}: settings.{name}: {frame.profile} has no such setting"
        for name in frame.settings
        if name not in file.profile.settings
    ]
    units = {unit.id: Unit.model_validate(unit.model_dump()) for unit in frame.units}
    for index, unit in enumerate(frame.units):
        if unit.id in {earlier.id for earlier in frame.units[:index]}:
            line = src.line(["units", index, "id"])
            found.append(f"{src.source}:{line}: units.{index}.id: {unit.id} is already there")
    if found:
        raise ScenarioError(found)
    try:
        profile = fill_in(file, frame.settings)
    except SettingsError as error:
        line = src.line(["settings"])
        raise ScenarioError([f"{src.source}:{line}: settings: {text}" for text in error.problems]) from error
    return Jurisdiction(profile, calendar, units)


def _step(index: int, data: Mapping[str, Any], src: YamlSource, place: Jurisdiction, found: list[str]) -> Step | None:
    """One step understood; what is wrong with it is added to `found`."""
    path: YamlPath = ("steps", index)
    given = dict(data)
    at, do = _at(given, path, src, found), given.pop("do", None)
    by = given.pop("by", None)
    known = [TICK, *(action.value for action in Action)]
    if do not in known:
        message = "is missing" if do is None else f"{do!r} is no action; known: {', '.join(known)}"
        found.append(_problem(src, (*path, "do"), message))
        return None
    if do == TICK:
        found += [_problem(src, (*path, key), "tick takes no such key") for key in given]
        return None if at is None else Step(at, TICK)
    action = Action(do)
    if not isinstance(by, str | None):
        found.append(_problem(src, (*path, "by"), "must be a role or the id of a unit"))
        return None
    if by in place.units and action in UNIT_ACTIONS:
        given.setdefault("unit", by)
    args = _args(action, given, path, src, found)
    actor = _actor(action, by, args, path, src, place, found)
    return None if at is None or args is None or actor is None else Step(at, do, actor, args)


def _at(given: dict[str, Any], path: YamlPath, src: YamlSource, found: list[str]) -> datetime | None:
    try:
        if "at" not in given:
            raise ValueError("is missing; every step needs its time")
        return instant(given.pop("at"))
    except ValueError as error:
        found.append(_problem(src, (*path, "at"), str(error)))
        return None


def _args(action: Action, given: Mapping[str, Any], path: YamlPath, src: YamlSource, found: list[str]) -> Args | None:
    try:
        args = parse_args(action, given)
    except ValidationError as error:
        found += [_problem(src, (*path, *inner), message) for inner, message in complaints(error)]
        return None
    return args.model_copy(update={"number": NUMBER}) if isinstance(args, ReceiveArgs) else args


def _actor(
    action: Action,
    by: str | None,
    args: Args | None,
    path: YamlPath,
    src: YamlSource,
    place: Jurisdiction,
    found: list[str],
) -> Actor | None:
    """`by` is a role, or else a unit's id; a unit's own action needs none."""
    own_part = args is not None and action in UNIT_ACTIONS
    unit = getattr(args, "unit", "") if own_part else ""
    if by is None:
        if (role := default_role(action)) is not None:
            return Actor(role=role, unit=unit)
        found.append(_problem(src, (*path, "by"), "is missing; who does it?"))
        return None
    if by in list(Role):
        return Actor(role=Role(by), unit=unit)
    if by in place.units:
        return Actor(role=Role.UNIT, unit=by)
    found.append(_problem(src, (*path, "by"), f"{by!r} is neither a role ({', '.join(Role)}) nor a unit"))
    return None


def _out_of_order(steps: list[Step | None], src: YamlSource) -> list[str]:
    found: list[str] = []
    last: datetime | None = None
    for index, step in enumerate(steps):
        if step is None:
            continue
        if last is not None and step.at < last:
            message = f"{step.at.isoformat()} is before the step before it"
            found.append(_problem(src, ("steps", index, "at"), message))
        last = step.at
    return found


def _problem(src: YamlSource, path: YamlPath, message: str) -> str:
    return f"{src.source}:{src.line(path)}: {'.'.join(str(part) for part in path)}: {message}"
