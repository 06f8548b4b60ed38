"""Settings: what is wrong is named with its key, its value and where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.settings import Settings, SettingsError, load_settings


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "hotline.toml"
    path.write_text("")
    monkeypatch.setenv("HOTLINE_CONFIG", str(path))
    return path


def test_without_any_setting_the_service_runs_its_own_asterisk_and_postgres(file: Path) -> None:
    settings = load_settings()
    assert settings.owns_asterisk
    assert settings.database.dsn is None
    assert [(n.number, n.menu) for n in settings.numbers] == [("12345", "full")]


def test_the_environment_overrides_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text("[queue]\nring_seconds = 10\nwrapup_seconds = 4\n")
    monkeypatch.setenv("HOTLINE_QUEUE__RING_SECONDS", "20")
    queue = load_settings().queue
    assert (queue.ring_seconds, queue.wrapup_seconds) == (20, 4)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("colour = 1", r"hotline\.toml: colour = 1"),
        ("[queue]\nring_seconds = 900", r"hotline\.toml: queue\.ring_seconds = 900"),
        ('timezone = "Mars/Olympus"', "no such time zone: Mars/Olympus"),
        ('[[numbers]]\nnumber = "12345"\n[[numbers]]\nnumber = "12345"', "numbers: named twice: 12345"),
        ('[[numbers]]\nnumber = "1;drop"', r"numbers\.0\.number"),
        ("[queue", "not valid TOML"),
        ("[web]\nprt = 1", r"hotline\.toml: web\.prt = 1: no such setting"),
        ('[web]\ntrusted_proxies = ["10.0.0.1/33"]', r"web\.trusted_proxies\.0 = '10\.0\.0\.1/33'"),
        ("[asterisk]\nrtp_start = 30000\nrtp_end = 20000", "rtp_start = 30000, rtp_end = 20000"),
        ('[database]\ndsn = ""', r"database\.dsn: want postgresql://"),
        ('[database]\ndsn = "postgresql://h:port/x"', r"database\.dsn: want postgresql://"),
    ],
)
def test_a_bad_file_is_refused_naming_key_value_and_file(file: Path, text: str, named: str) -> None:
    file.write_text(text)
    with pytest.raises(SettingsError, match=named):
        load_settings()


def test_an_unknown_variable_is_refused_by_name(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_COLOUR", "red")
    with pytest.raises(SettingsError, match="HOTLINE_COLOUR"):
        load_settings()


def test_a_bad_variable_is_named_as_the_place(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_QUEUE__RING_SECONDS", "soon")
    with pytest.raises(SettingsError, match="environment variable HOTLINE_QUEUE__RING_SECONDS"):
        load_settings()


def test_a_named_file_that_is_missing_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_CONFIG", str(tmp_path / "no.toml"))
    with pytest.raises(SettingsError, match="no such file"):
        load_settings()


def test_a_secret_does_not_show_in_what_is_printed(file: Path) -> None:
    file.write_text(
        '[[nodes]]\nname="a"\nami_host="127.0.0.1"\nami_secret="hush-hush"\nraw_recordings="/var/spool/raw"\n'
    )
    settings: Settings = load_settings()
    assert not settings.owns_asterisk
    assert "hush-hush" not in repr(settings)


def test_a_file_that_is_no_text_is_refused_by_name(file: Path) -> None:
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match=r"hotline\.toml: not valid TOML"):
        load_settings()


@pytest.mark.parametrize(
    ("variable", "value", "named"),
    [
        ("HOTLINE_OPERATORS", "notjson", "environment variable HOTLINE_OPERATORS: not valid JSON"),
        ("HOTLINE_OPERATORS", '[{"id": "op1", "name": "x", "nope": 1}]', r"HOTLINE_OPERATORS: operators\.0\.nope = 1"),
        ("hotline_web__port", "x", "environment variable hotline_web__port: web.port = 'x'"),
        ("HOTLINE_WEB__TRUSTED_PROXIES", "10.0.0.1", "HOTLINE_WEB__TRUSTED_PROXIES: not valid JSON"),
    ],
)
def test_whatever_is_wrong_with_a_variable_its_name_is_said(
    file: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, named: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=named):
        load_settings()


@pytest.mark.parametrize(
    "text",
    [
        '[[operators]]\nid = "op1"\nname = "x"\npassword = "tiny77"',
        '[[operators]]\nid = "op1"\nname = "x"\npasswort = "tiny77"',
        '[database]\ndsn = "mysql://u:tiny77@h/x"',
        '[[nodes]]\nname = "n"\nami_secret = ["tiny77"]',
        'database = { dns = { a = "tiny77" } }',
    ],
)
def test_a_secret_is_never_repeated_in_an_error(file: Path, text: str) -> None:
    file.write_text(text)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert "tiny77" not in str(refused.value)


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://u:p@h/x",
        "postgres:///x?host=/run/pg",
        "postgresql://u@h1:5432,h2:5433/x",
        "postgresql://[::1]:5/x",
    ],
)
def test_every_form_of_a_postgres_address_is_taken(file: Path, dsn: str) -> None:
    file.write_text(f'[database]\ndsn = "{dsn}"')
    assert load_settings().database.dsn == dsn


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('host = "smtp.example.gov.cn"', "host and sender belong together"),
        ('host = "h"\nsender = "a@b.cn"\nusername = "u"', "username and password belong together"),
        (
            'host = "h"\nsender = "a@b.cn"\nusername = "u"\npassword = "tiny77"\nsecurity = "none"',
            "the password would be sent in clear",
        ),
        ('host = "h"\nsender = "a@b.cn\\nBcc: x@y.cn"', "mail.sender"),
    ],
)
def test_a_mail_server_that_cannot_work_is_refused_with_the_reason(file: Path, text: str, said: str) -> None:
    file.write_text(f"[mail]\n{text}")
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert said in str(refused.value)
    assert "tiny77" not in str(refused.value)
