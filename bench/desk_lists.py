"""The desk over a database as full as a city's: from the click on a work list to its page drawn, in a real browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from playwright.async_api import Page

from app.people.model import Person
from bench.browser import browser, logged_in, opened, session_of
from bench.figures import Target
from bench.measurement import Conditions
from bench.stage import stage

DRAWN = Target("desk_list_ms_p95", "ms", 400)

# From the click until the second frame after the rows are there and nothing is under way, in milliseconds.
_CLICK = """async (href) => {
  const link = document.querySelector(`nav.lists a[href$="${href}"]`);
  const began = performance.now();
  link.click();
  const busy = () => document.querySelector("main [aria-busy=true]") !== null;
  const there = () => document.querySelector("nav.lists a.here") === link && !busy();
  const frame = () => new Promise(requestAnimationFrame);
  do await frame(); while (!there());
  await frame();
  await frame();
  return performance.now() - began;
}"""
_LINKS = "() => [...document.querySelectorAll('nav.lists a')].map((link) => link.getAttribute('href'))"


async def drawn(conditions: Conditions, dsn: str, rounds: int) -> Mapping[str, Sequence[float]]:
    """Milliseconds of each list of the back office and of a unit, as often as there are `rounds`."""
    beside = replace(conditions, directory=conditions.directory / "desk")
    found: dict[str, Sequence[float]] = {}
    async with stage(beside, dsn=dsn) as city, browser() as running:
        for person, path in (
            (Person("office", "back_office"), "tickets/to-dispatch"),
            (Person("duty", "unit", "unit-1"), "tickets/to-accept"),
        ):
            page = await logged_in(running, city.city, await session_of(city.city, person))
            await opened(page, city.city, path)
            found |= await _every_list(page, person, rounds)
    return found


async def _every_list(page: Page, person: Person, rounds: int) -> dict[str, list[float]]:
    """Each list in turn, again and again, as somebody goes through them."""
    links: list[str] = await page.evaluate(_LINKS)
    times: dict[str, list[float]] = {}
    for _ in range(rounds):
        for link in links:
            times.setdefault(f"{person.role}: {link.rpartition('/')[2]}", []).append(await page.evaluate(_CLICK, link))
    return times
