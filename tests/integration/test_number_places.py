"""The tables of numbers' places are read by a process of their own."""

from __future__ import annotations

import sys

import pytest

from app.number_places import NumberPlaces


async def test_the_tables_know_mobiles_and_landlines_and_are_not_kept_whole() -> None:
    places = NumberPlaces()
    await places.load()
    assert (places.of("051087654321"), places.of("01088888888")) == ("江苏省无锡市", "北京市")
    assert places.of("13812345678").startswith("江苏省")
    assert "phonenumbers.geodata" not in sys.modules


async def test_without_the_tables_the_service_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    places = NumberPlaces()
    await places.load()
    assert places.of("13812345678") == ""
