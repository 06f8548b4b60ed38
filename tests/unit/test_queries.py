"""Query files give each query one name, and say what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.db.queries import QUERIES, QueryFileError, load, parse


def test_blocks_become_queries_by_name_with_their_comments() -> None:
    text = "-- What these are for.\n\n-- name: first\n-- why\nSELECT 1;\n\n--name:  second\nSELECT 2\n"
    assert parse(text, source="x.sql") == {"first": "-- why\nSELECT 1;", "second": "SELECT 2"}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("SELECT 1;\n-- name: late\nSELECT 2;", "x.sql: SQL before the first"),
        ("-- name: a\nSELECT 1;\n-- name: a\nSELECT 2;", "x.sql: query a is written twice"),
        ("-- name: a\n-- only a comment\n", "x.sql: query a has no SQL"),
        ("-- name: Not-A-Name\nSELECT 1;", "x.sql: not a query name: 'Not-A-Name'"),
        ("-- name:\nSELECT 1;", "x.sql: not a query name: ''"),
    ],
)
def test_a_bad_file_is_refused_by_name(text: str, complaint: str) -> None:
    with pytest.raises(QueryFileError, match=complaint):
        parse(text, source="x.sql")


def test_a_name_in_two_files_is_refused(tmp_path: Path) -> None:
    for name in ("a.sql", "b.sql"):
        (tmp_path / name).write_text("-- name: same\nSELECT 1;")
    with pytest.raises(QueryFileError, match=r"b\.sql: query same is already in a\.sql"):
        load(sorted(tmp_path.glob("*.sql")))


def test_the_queries_of_the_service_load() -> None:
    assert "insert_ticket" in QUERIES
