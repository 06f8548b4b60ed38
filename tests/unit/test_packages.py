"""Each package says in its `__init__` which of its modules are for others; nobody else's are used from outside."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOPS = ("ami_bridge", "app", "asterisk_conf", "ivr", "recordings")
FILES = sorted(file for top in TOPS for file in (ROOT / top).rglob("*.py"))
MODULES = {".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file for file in FILES}
PACKAGES = sorted(
    name for name, file in MODULES.items() if file.name == "__init__.py" and len(list(file.parent.glob("*.py"))) > 1
)


def imported(file: Path) -> Iterator[str]:
    """Every module of ours that a file imports."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module in MODULES:
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            found = [name for name in inner if name in MODULES]
            yield from found
            if len(found) < len(inner):
                yield node.module


def offered() -> Mapping[str, set[str]]:
    """By package, the modules in it that others import."""
    found: dict[str, set[str]] = defaultdict(set)
    for name, file in MODULES.items():
        for used in imported(file):
            package, _, module = used.rpartition(".")
            inside = name == package or name.startswith(f"{package}.")
            if package and package != "app" and not inside and MODULES[used].name != "__init__.py":
                found[package].add(module)
    return found


OFFERED = offered()


@pytest.mark.parametrize("package", [name for name in PACKAGES if name != "app"])
def test_a_package_says_which_of_its_modules_are_for_others(package: str) -> None:
    text = ast.get_docstring(ast.parse(MODULES[package].read_text(encoding="utf-8"))) or ""
    _, _, offers = text.partition("\n\nFor others: ")
    assert sorted(re.findall(r"`(\w+)`", offers)) == sorted(OFFERED.get(package, ())), package
