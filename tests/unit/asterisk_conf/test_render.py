"""What the rendered files say, without an Asterisk to read them."""

from __future__ import annotations

import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ami_bridge.resync import CITIZEN_CONTEXTS
from asterisk_conf import ConfSettings, prepare, render
from asterisk_conf.renderer import ROSTER_FILES, render_roster
from asterisk_conf.settings import Ami, Certificate, Directories, Http, Line, Number, Phone, Queue, Sip, Trunk

MENU = "[hotline-menu-full]\nexten => s,1,Goto(hotline-queue,s,1)\n"
SECRET = {"manager.conf", "pjsip.conf", "pjsip-operators.conf"}
MESSAGE = "/raw/${HOTLINE_CALL}/message-%d.wav"
RAW = "/raw/${HOTLINE_CALL}/${HOTLINE_ROLE}-${UNIQUEID}.wav"


def settings(root: Path = Path("/srv/node1"), **changes: Any) -> ConfSettings:
    usual: dict[str, Any] = {
        "node": "node1",
        "directories": Directories.below(root, prompts=root / "prompts", music=root / "music"),
        "ami": Ami(secret="an-ami-secret"),
        "raw_recording": RAW,
        "raw_message": MESSAGE,
        "numbers": (Number(number="12345", menu="full"),),
        "menus": {"full": MENU},
        "operators": (Phone(id="op1001", name="张三", password="a-phone-secret"),),
    }
    return ConfSettings(**{**usual, **changes})


def rendered(directory: Path, conf: ConfSettings) -> Mapping[str, str]:
    return {path.name: path.read_text() for path in render(conf, directory)}


def section(text: str, name: str, kind: str = "") -> str:
    """The lines of one `[name]` category; of several of that name, the one whose header or body holds `kind`."""
    found = re.findall(rf"^\[{re.escape(name)}\]([^\n]*\n(?:(?!\[)[^\n]*\n)*)", text, re.MULTILINE)
    return next((body for body in found if kind in body), "")


def test_only_the_files_with_secrets_are_closed_to_the_group(tmp_path: Path) -> None:
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in render(settings(), tmp_path)}
    assert {name for name, mode in modes.items() if mode == 0o600} == SECRET
    assert {mode for name, mode in modes.items() if name not in SECRET} == {0o640}


def test_secrets_stand_in_closed_files_only(tmp_path: Path) -> None:
    texts = rendered(tmp_path, settings())
    holders = {name for name, text in texts.items() if "an-ami-secret" in text or "a-phone-secret" in text}
    assert holders == {"manager.conf", "pjsip-operators.conf"}


def test_rendering_again_replaces_files_and_leaves_no_drafts(tmp_path: Path) -> None:
    render(settings(), tmp_path)
    texts = rendered(tmp_path, settings(queue=Queue(ring_seconds=33)))
    assert "timeout = 33" in texts["queues-hotline.conf"]
    assert {path.name for path in tmp_path.iterdir()} == set(texts)


def test_a_file_that_cannot_be_replaced_leaves_no_draft(tmp_path: Path) -> None:
    (tmp_path / "asterisk.conf").mkdir()
    with pytest.raises(OSError, match="directory"):
        render(settings(), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["asterisk.conf"]


def test_each_instance_has_its_own_directories(tmp_path: Path) -> None:
    one, two = (
        rendered(tmp_path / name, settings(Path("/srv") / name))["asterisk.conf"] for name in ("node1", "node2")
    )
    assert "astrundir => /srv/node1/run" in one
    assert "node1/" not in two


def test_preparing_makes_the_directories_and_points_the_sounds_at_the_prompts(tmp_path: Path) -> None:
    conf = settings(tmp_path)
    prepare(conf)
    moved = conf.model_copy(
        update={"directories": conf.directories.model_copy(update={"prompts": tmp_path / "others"})}
    )
    prepare(moved)
    assert all(directory.is_dir() for directory in conf.directories.written)
    assert conf.directories.journal.parent.is_dir()
    assert (conf.directories.data / "sounds").readlink() == tmp_path / "others"


def test_every_number_leads_to_the_service_and_without_it_to_its_menu(tmp_path: Path) -> None:
    numbers = (Number(number="12345", menu="full"), Number(number="057912345", menu="full"))
    trunk = section(rendered(tmp_path, settings(numbers=numbers))["extensions.conf"], "from-trunk")
    for number in ("12345", "057912345"):
        assert f"exten => {number},1,MSet(__HOTLINE_CALL=${{UNIQUEID}}" in trunk
    assert trunk.count("AGI(agi:async)") == trunk.count("?hotline-fallback,s,1)") == 2


def test_the_dialplan_has_every_context_of_the_contract(tmp_path: Path) -> None:
    text = rendered(tmp_path, settings())["extensions.conf"]
    contexts = set(re.findall(r"^\[([a-z-]+)\]", text, re.MULTILINE))
    assert contexts >= {
        "from-trunk",
        "from-operator",
        "hotline-menu-full",
        "hotline-queue",
        "hotline-operator-answered",
        "hotline-unit",
        "hotline-conf",
        "hotline-hold",
        "hotline-after",
        "hotline-waiting",
        "hotline-message",
        "hotline-callback",
        "hotline-outbound",
    }


def test_phones_can_dial_nothing(tmp_path: Path) -> None:
    text = rendered(tmp_path, settings())["extensions.conf"]
    for context in ("from-operator", "from-unit", "hotline-outbound"):
        assert "exten" not in section(text, context)


def test_nothing_that_a_caller_chooses_stands_in_the_dialplan(tmp_path: Path) -> None:
    trunk = Trunk(trust_identity=True, dtmf="inband")
    text = rendered(tmp_path, settings(trunks=(trunk,)))["extensions.conf"]
    told = section(text, "hotline-caller")
    assert not re.search(r"CALLERID|CONNECTEDLINE|PJSIP_|SIPURI|CHANNEL\(", text.replace(told, ""))
    # Headers are read through a filter, or in base64; the name is only searched for a sign that our file holds.
    bare = re.sub(r"FILTER\([^,]+,(\$\{TOLOWER\()?\$\{PJSIP_HEADER|BASE64_ENCODE\(\$\{PJSIP_HEADER", "", told)
    assert "PJSIP_HEADER" not in bare
    assert re.findall(r"CALLERID\(\w+\)=([^,)]*)", told) == ["anonymous", "", "${HOTLINE_SAID_TO_BE}"]


@pytest.mark.parametrize(
    ("network", "inside", "outside"),
    [
        ("192.0.2.7", ["192.0.2.7:5060"], ["192.0.2.70:5060", "1192.0.2.7:5060"]),
        ("192.0.2.64/26", ["192.0.2.64:5060", "192.0.2.127:9"], ["192.0.2.63:5060", "192.0.2.128:5060"]),
        ("10.0.0.0/8", ["10.255.3.4:5060"], ["110.1.1.1:5060", "11.0.0.1:5060"]),
        ("2001:db8::7", ["[2001:db8::7]:5060"], ["[2001:db8::8]:5060"]),
    ],
)
def test_a_trunks_calls_are_told_apart_by_their_address(network: str, inside: list[str], outside: list[str]) -> None:
    pattern = Trunk(addresses=(network,)).sources
    assert all(re.search(pattern, address) for address in inside)
    assert not any(re.search(pattern, address) for address in outside)


def test_only_a_trunk_that_is_told_apart_costs_the_dialplan_a_look(tmp_path: Path) -> None:
    assert "CHANNEL(pjsip,remote_addr)" not in rendered(tmp_path, settings())["extensions.conf"]


def test_a_trunk_registers_answers_challenges_and_is_encrypted_as_it_is_set(tmp_path: Path) -> None:
    carrier = Trunk(
        name="carrier",
        addresses=("192.0.2.1",),
        outbound_host="sip.example.com",
        outbound_port=5061,
        transport="tls",
        srtp=True,
        username="051012345",
        password="a-carrier-secret",
        registers=True,
        qualify_seconds=30,
    )
    tls = Certificate(certificate="/tls/chain.pem", key="/tls/key.pem")
    text = rendered(tmp_path, settings(trunks=(carrier,), sip=Sip(tls=tls, tls_ca="/tls/ca.pem")))["pjsip.conf"]
    registration = section(text, "carrier", "type = registration")
    assert "server_uri = sip:sip.example.com:5061\\;transport=tls" in registration
    assert "contact_user = 12345" in registration
    assert {"outbound_auth = carrier", "media_encryption = sdes"} <= set(section(text, "carrier", "aors").splitlines())
    assert "password = a-carrier-secret" in section(text, "carrier", "type = auth")
    assert "qualify_frequency = 30" in section(text, "carrier", "type = aor")
    assert "media_encryption_optimistic = yes" in section(text, "trunk-in", "from-trunk")
    assert "verify_server = yes" in section(text, "transport-tls", "tls")


def test_a_dead_carrier_and_a_dead_phone_hold_no_call(tmp_path: Path) -> None:
    trunks = (Trunk(name="one", rtp_timeout_seconds=30), Trunk(name="two", rtp_timeout_seconds=90, session_seconds=0))
    texts = rendered(tmp_path, settings(trunks=trunks))
    text = texts["pjsip.conf"] + texts["pjsip-operators.conf"]
    assert "rtp_timeout = 30\n" in section(text, "one", "aors")
    assert "timers = no\n" in section(text, "two", "aors")
    assert {"rtp_timeout = 90", "timers = no"} <= set(section(text, "trunk-in", "from-trunk").splitlines())
    assert "rtp_timeout = 60\n" in section(text, "op1001", "from-operator")


def test_the_dialplan_and_its_modules_can_run_no_program_and_dial_nobody(tmp_path: Path) -> None:
    texts = rendered(tmp_path, settings())
    assert not re.search(r"app_(system|dial|originate)|func_(shell|env|curl)|pbx_spool", texts["modules.conf"])
    assert "autoload = no" in texts["modules.conf"]
    assert "live_dangerously = no" in texts["asterisk.conf"]


def test_the_manager_user_has_the_least_rights_that_work(tmp_path: Path) -> None:
    ami = Ami(secret="an-ami-secret", events=frozenset({"Hangup", "Newchannel"}))
    text = rendered(tmp_path, settings(ami=ami))["manager.conf"]
    assert re.findall(r"^write = (.*)$", text, re.MULTILINE) == ["call,agent,agi,originate,reporting"]
    assert re.findall(r"^eventfilter\((.*)\) =$", text, re.MULTILINE) == [
        "action(include),name(Hangup)",
        "action(include),name(Newchannel)",
    ]
    assert "bindaddr = 127.0.0.1" in text


def test_calls_are_taken_from_the_trunks_addresses_only(tmp_path: Path) -> None:
    trunks = (
        Trunk(name="mobile", addresses=("192.0.2.1", "192.0.2.64/26"), codecs=("alaw",)),
        Trunk(name="fixed", addresses=("198.51.100.7",), codecs=("ulaw", "alaw")),
    )
    inbound = section(rendered(tmp_path, settings(trunks=trunks))["pjsip.conf"], "trunk-in", "from-trunk")
    assert re.findall(r"^permit = (.*)$", inbound, re.MULTILINE) == ["192.0.2.1/32", "192.0.2.64/26", "198.51.100.7/32"]
    assert "deny = 0.0.0.0/0.0.0.0" in inbound
    assert "allow = alaw,ulaw" in inbound


def test_there_is_no_anonymous_endpoint_and_every_phone_has_a_password(tmp_path: Path) -> None:
    units = (Phone(id="unit7", name="城管", password="another-secret"),)
    texts = rendered(tmp_path, settings(units=units))
    text = texts["pjsip.conf"] + texts["pjsip-operators.conf"]
    assert "anonymous" not in text.replace("no anonymous endpoint", "")
    for name, context in (("op1001", "from-operator"), ("unit7", "from-unit")):
        assert f"auth = {name}\n" in section(text, name, f"context = {context}")
        assert "password = " in section(text, name, "type = auth")


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        ("<sip:13800000000@192.0.2.1>;tag=a", True),
        ('"市民 100% <张三>" <sip:+8613800000000@192.0.2.1:5060;user=phone>;tag=a', True),
        ('"a" <sip:1380%23@192.0.2.1>;tag=a', True),
        ("<tel:+8613800000000>;tag=a", True),
        ("<sip:138%0D%0AEvent%3A@192.0.2.1>;tag=a", False),
        ("<sip:138%0a@192.0.2.1>;tag=a", False),
        ("<sip:138%7F@192.0.2.1>;tag=a", False),
        ("<sip:138:p%0aq@192.0.2.1>", False),
        ("<sip:138@192.0.2.1;x=%0D>", False),
        ('"<sip:1@h>" <sip:138%0A@192.0.2.1>;tag=a', False),
        ('<sip:138%0A@192.0.2.1>;x="<sip:1@h>"', False),
        ('<sip:138@192.0.2.1>;tag=a;note="a;b c"', True),
        ('<sip:138%0A@192.0.2.1>;x="<sip:1@h>;y="', False),
        ('<sip:138%0A@192.0.2.1>;x="<sip:1@h>;y=\\""', False),
        ('<sip:138@192.0.2.1>;x="<sip:1@h>"', False),
    ],
)
def test_a_from_header_with_an_escaped_control_character_is_nobodys(
    tmp_path: Path, header: str, accepted: bool
) -> None:
    text = rendered(tmp_path, settings())["pjsip.conf"]
    found = re.search(r"^match_header = From: /(.*)/$", text, re.MULTILINE)
    assert found
    pattern = found[1].replace("\\;", ";")
    assert bool(re.search(pattern, header)) is accepted


@pytest.mark.parametrize(
    ("webrtc", "metrics", "enabled"), [(False, False, "no"), (True, False, "yes"), (False, True, "yes")]
)
def test_the_http_port_is_open_only_when_something_needs_it(
    tmp_path: Path, webrtc: bool, metrics: bool, enabled: str
) -> None:
    operators = (Phone(id="op1001", name="张三", password="a-phone-secret", webrtc=webrtc),)
    texts = rendered(tmp_path, settings(operators=operators, http=Http(metrics=metrics)))
    assert f"enabled = {enabled}\n" in texts["http.conf"]
    assert ("protocol = ws" in texts["pjsip.conf"]) is (enabled == "yes")
    assert ("res_prometheus" in texts["modules.conf"]) is metrics


def test_over_tls_browsers_come_from_anywhere_and_in_the_clear_from_this_machine_only(tmp_path: Path) -> None:
    tls = Certificate(certificate="/tls/chain.pem", key="/tls/key.pem")
    browser = Phone(id="op1001", name="张三", password="a-phone-secret", webrtc=True)
    conf = settings(operators=(browser,), http=Http(tls=tls, tls_host="10.0.0.5"))
    texts = rendered(tmp_path, conf)
    assert "bindaddr = 127.0.0.1\n" in texts["http.conf"]
    assert "tlsbindaddr = 10.0.0.5:8089\n" in texts["http.conf"]
    assert "protocol = wss" in texts["pjsip.conf"]
    nobody = rendered(tmp_path, conf.model_copy(update={"operators": ()}))
    assert "tlsbindaddr" not in nobody["http.conf"]


def test_behind_nat_the_trunk_is_told_the_outer_address(tmp_path: Path) -> None:
    sip = Sip(host="10.0.0.5", external_address="203.0.113.9", local_networks=("10.0.0.0/8",))
    text = rendered(tmp_path, settings(sip=sip))["pjsip.conf"]
    assert "external_media_address = 203.0.113.9" in text
    assert "local_net = 10.0.0.0/8" in text


def test_recordings_go_where_the_caller_says(tmp_path: Path) -> None:
    recorder = section(rendered(tmp_path, settings())["extensions.conf"], "hotline-recorder")
    assert f"MixMonitor(,br({RAW})i(HOTLINE_RECORDER))".replace("UNIQUEID", "HOTLINE_PARTY") in recorder


def test_messages_go_where_the_caller_says_and_what_was_said_before_a_hangup_is_kept(tmp_path: Path) -> None:
    recorder = section(rendered(tmp_path, settings())["extensions.conf"], "hotline-message")
    assert f"Record({MESSAGE},${{ARG2}},${{ARG3}},kq)" in recorder


def test_a_message_is_told_of_after_the_tone_and_before_it_is_recorded(tmp_path: Path) -> None:
    recorder = section(rendered(tmp_path, settings())["extensions.conf"], "hotline-message")
    applications = re.findall(r"(?:s,1|n),(\w+)\(", recorder)
    assert applications[:4] == ["Playback", "UserEvent", "CELGenUserEvent", "Record"]


def test_whoever_waits_hears_their_place_and_the_keys_as_often_as_is_set(tmp_path: Path) -> None:
    queue = Queue(announce_seconds=50, least_announce_seconds=20, keys_after_seconds=7, keys_seconds=70)
    text = section(rendered(tmp_path, settings(queue=queue))["queues.conf"], "line")
    wanted = {
        "announce-frequency": "50",
        "min-announce-frequency": "20",
        "periodic-announce-startdelay": "7",
        "periodic-announce-frequency": "70",
        "periodic-announce": "queue-leave-message",
        "queue-thereare": "queue-place",
        "context": "hotline-waiting",
    }
    assert wanted.items() <= dict(re.findall(r"^([a-z-]+) = (.*)$", text, re.MULTILINE)).items()


def test_a_caller_who_waits_can_press_1_and_2_and_nothing_else(tmp_path: Path) -> None:
    keys = section(rendered(tmp_path, settings())["extensions.conf"], "hotline-waiting")
    assert re.findall(r"^exten => ([^,]+),", keys, re.MULTILINE) == ["1", "2"]


def test_whoever_says_nothing_after_the_tone_waits_on_ahead_of_those_who_came_later(tmp_path: Path) -> None:
    keys = section(rendered(tmp_path, settings())["extensions.conf"], "hotline-waiting")
    assert "(back),Set(QUEUE_PRIO=1)\n same => n,Goto(hotline-queue,s,wait)" in keys


LINES = (
    Line(name="hotline", wrapup_seconds=30),
    Line(name="dialect", priority=3, music="opera", announcement="greeting", overflow_after=60, overflow_to="hotline"),
)


def test_every_queue_is_asterisks_with_its_own_music_and_weight(tmp_path: Path) -> None:
    texts = rendered(tmp_path, settings(lines=LINES))
    dialect = section(texts["queues-hotline.conf"], "dialect")
    assert ("weight = 3" in dialect, "musicclass = opera" in dialect) == (True, True)
    assert "directory = /srv/node1/music-opera" in section(texts["musiconhold.conf"], "opera")


def test_asterisk_itself_waits_little_after_a_call_because_the_service_ends_the_time_after_it(tmp_path: Path) -> None:
    text = rendered(tmp_path, settings(lines=LINES))["queues-hotline.conf"]
    assert "wrapuptime = 2\n" in section(text, "hotline")


def test_the_dialplan_sends_on_whoever_the_service_did_not_and_takes_no_unknown_queue(tmp_path: Path) -> None:
    text = section(rendered(tmp_path, settings(lines=LINES))["extensions-queues.conf"], "hotline-queues")
    assert "exten => dialect,1,MSet(HOTLINE_QUEUE=dialect,HOTLINE_WAIT=75,HOTLINE_NEXT=hotline)" in text
    assert "exten => hotline,1,MSet(HOTLINE_QUEUE=hotline,HOTLINE_WAIT=,HOTLINE_NEXT=)" in text
    assert "exten => _[0-9A-Za-z].,1,Goto(hotline,1)" in text
    assert " same => n,Playback(greeting)" in text


def test_a_change_of_operators_writes_their_files_only(tmp_path: Path) -> None:
    render(settings(), tmp_path)
    before = {path.name: path.stat().st_ino for path in tmp_path.iterdir()}
    render_roster(settings(operators=(Phone(id="op2002", name="李四", password="a-phone-secret"),)), tmp_path)
    changed = {path.name for path in tmp_path.iterdir() if path.stat().st_ino != before[path.name]}
    assert changed == set(ROSTER_FILES)
    assert "[op2002](endpoint)" in (tmp_path / "pjsip-operators.conf").read_text()


def test_log_journal_and_spool_are_closed_to_other_accounts(tmp_path: Path) -> None:
    conf = settings(tmp_path)
    prepare(conf)
    written = {*conf.directories.written, conf.directories.journal.parent}
    assert {stat.S_IMODE(directory.stat().st_mode) & 0o027 for directory in written} == {0}
    assert stat.S_IMODE(conf.directories.run.stat().st_mode) == 0o700


def test_only_telephones_that_the_service_rings_can_listen_and_only_to_whom_it_says(tmp_path: Path) -> None:
    dialplan = rendered(tmp_path, settings())["extensions.conf"]
    cut = re.split(r"^\[(.+)\]$", dialplan, flags=re.MULTILINE)[1:]
    contexts = zip(cut[::2], cut[1::2], strict=True)
    listens = {name: re.findall(r"(?:Chan|Exten)Spy\((.*)\)", body) for name, body in contexts}
    assert {name: found for name, found in listens.items() if found} == {
        "hotline-unit": ["${HOTLINE_SPIED},uqsES${HOTLINE_SPY_OPTIONS}"],
        # Private whisper: it is said to them, and nobody listens.
        "hotline-word": ["${HOTLINE_SPIED},uqWES"],
    }


def test_a_restarted_service_knows_every_context_in_which_a_citizen_can_be(tmp_path: Path) -> None:
    contexts = set(re.findall(r"^\[(.+)\]$", rendered(tmp_path, settings())["extensions.conf"], re.MULTILINE))
    others = {"general", "from-operator", "from-unit", "hotline-outbound", "hotline-probe"}
    others |= {"hotline-unit", "hotline-operator-answered", "hotline-back", "hotline-word"}
    assert {name for name in contexts if not name.startswith(CITIZEN_CONTEXTS)} == others
