"""`docs/regulations.md`: the profiles as people read them, article by article, and how scenarios are written."""

from collections.abc import Iterable
from pathlib import Path

from app.regulations.form.base import MOST_DAYS
from app.regulations.loader import available, read
from app.regulations.profile import Profile
from app.regulations.rows import rows
from app.rulebook.docs_text import CONTESTED_HEAD, COVERAGE, INTRODUCTION, REFUSALS_HEAD, SCENARIOS
from app.rulebook.states import states_document
from app.tickets.refusal import RULES


def documents() -> dict[str, str]:
    """File name -> text of every generated document."""
    profiles = [read(name).profile for name in available()]
    return {"regulations.md": regulations_document(profiles), "states.md": states_document(profiles)}


def write(folder: Path) -> list[Path]:
    """Write the documents into an existing folder; returns what was written. Raises OSError."""
    written = []
    for name, text in documents().items():
        path = folder / name
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return written


def regulations_document(profiles: Iterable[Profile]) -> str:
    """The whole document."""
    parts = [INTRODUCTION, SCENARIOS, REFUSALS_HEAD]
    parts += (f"| `{rule}` | {meaning} |\n" for rule, meaning in RULES.items())
    for profile in profiles:
        parts += [_head(profile), _contested(profile), _settings(profile), _rules(profile), _articles(profile)]
    return "".join(parts)


def _head(profile: Profile) -> str:
    document = f" ({profile.document})" if profile.document else ""
    readings = "".join(f"- {text}\n" for text in profile.readings)
    return f"\n## {profile.id}\n\n{profile.name}{document}\n\nHow the original was read:\n\n{readings}"


def _settings(profile: Profile) -> str:
    if not profile.settings:
        return ""
    lines = ["\nWhat the city sets:\n\n| setting | about | values | default | article |\n|---|---|---|---|---|\n"]
    for name, setting in profile.settings.items():
        default = "must be given" if setting.default is None else str(setting.default)
        values = ", ".join(setting.choices) or f"1 to {MOST_DAYS}"
        lines.append(f"| `{name}` | {_cell(setting.about)} | {values} | {default} | {setting.article} |\n")
    return "".join(lines)


def _rules(profile: Profile) -> str:
    lines = [f"\n### Rules of {profile.id}\n\n| subject | which | rule | article | note |\n|---|---|---|---|---|\n"]
    lines += (
        f"| {row.subject} | {_cell(row.label)} | {_cell(row.text)} | {row.article} | {_cell(row.note)} |\n"
        for row in rows(profile)
    )
    return "".join(lines)


def _contested(profile: Profile) -> str:
    """Readings that another careful reader could refuse, each with its sentence."""
    lines = [f"\n### Readings of {profile.id} that can be refused\n\n", CONTESTED_HEAD]
    for one in profile.contested:
        sentences = "<br>".join(_cell(sentence) for sentence in one.sentences)
        setting = f"`{one.setting}`" if one.setting else "–"
        lines.append(f"| {one.article} | {sentences} | {_cell(one.read_as)} | {setting} |\n")
    return "".join(lines) if profile.contested else ""


def _articles(profile: Profile) -> str:
    lines = [f"\n### Articles of {profile.id}\n\n| article | says | how | test, or why not run |\n|---|---|---|---|\n"]
    for article in profile.articles:
        tests = ", ".join(f"test `{test}`" for test in article.tests)
        rest = f"left to people: {article.rest}" if article.rest else ""
        why = _cell(article.people or "; ".join(part for part in (tests, article.told, rest) if part))
        lines.append(f"| {article.article} | {_cell(article.says)} | {COVERAGE[article.coverage]} | {why} |\n")
    return "".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
