"""How two cities differ: the rules of two profiles side by side, where they are not the same."""

from dataclasses import dataclass

from app.regulations.profile import Profile
from app.regulations.rows import Row, rows


@dataclass(frozen=True)
class Difference:
    """One rule that only one profile has, or that they have differently; None where a profile has no such rule."""

    subject: str
    label: str
    left: Row | None
    right: Row | None


def diff(left: Profile, right: Profile) -> list[Difference]:
    """The rules that differ in what they say (not merely in the article or the note), in the order of the left."""
    one, two = _by_name(left), _by_name(right)
    names = [*one, *(name for name in two if name not in one)]
    found = [Difference(*name, one.get(name), two.get(name)) for name in names]
    return sorted((d for d in found if not _same(d)), key=lambda d: _subjects(names).index(d.subject))


def _by_name(profile: Profile) -> dict[tuple[str, str], Row]:
    """The rows by subject and label; a second row of the same name gets a number."""
    found: dict[tuple[str, str], Row] = {}
    for row in rows(profile):
        label, number = row.label, 2
        while (row.subject, label) in found:
            label, number = f"{row.label} ({number})".strip(), number + 1
        found[row.subject, label] = row
    return found


def _same(difference: Difference) -> bool:
    left, right = difference.left, difference.right
    return left is not None and right is not None and left.text == right.text


def _subjects(names: list[tuple[str, str]]) -> list[str]:
    return list(dict.fromkeys(subject for subject, _ in names))
