"""The operator's phone in a real browser: it registers, rings, talks both ways, mutes, hangs up, leaves cleanly."""

from __future__ import annotations

import asyncio
import wave
from array import array
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, ViewportSize, async_playwright, expect

from app.db.cluster import Cluster
from app.demo.scenarios import Press, Speak, Wait, answering
from app.people import accounts
from app.people.model import Person
from tests.support.certificates import certificate
from tests.support.city import QUICK, City, Plan, running_city, until
from tests.support.namespaces import OUTSIDE, behind_nat, can_make_namespaces, reachable, turn_server
from tests.support.phones import HOST, free_block, free_udp_port, heard_at
from tests.support.postgres import fresh_database
from tests.support.rtp import Ear, Frame, ear, tone
from tests.support.workers import FOR_PHONES
from tests.system.asterisk_fixture import SAMPLE_RATE, free_ports, write_tone

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHROMIUM = "/usr/bin/chromium"
PASSWORD = "browser phone Pass-1234"
SMALL: ViewportSize = {"width": 360, "height": 640}
DUTY = "87650001"
JOINS = answering([Press("1", 0.5)], rings=0.1)
CITIZEN_HERTZ, OPERATOR_HERTZ = 1000.0, 650.0
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    "--autoplay-policy=no-user-gesture-required",
    "--ignore-certificate-errors",
)
# Whether a tone is what the phone's loudspeaker plays most loudly, within ten seconds.
_HEARS = """async (hertz) => {
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: 4096 });
  context.createMediaStreamSource(document.querySelector("section.bar audio").srcObject).connect(analyser);
  const levels = new Float32Array(analyser.frequencyBinCount);
  for (let tries = 0; tries < 100; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    analyser.getFloatFrequencyData(levels);
    const loudest = Math.max(...levels);
    const heard = (levels.indexOf(loudest) * context.sampleRate) / analyser.fftSize;
    if (loudest > -60 && Math.abs(heard - hertz) < 30) return true;
  }
  return false;
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    async with phone_city(cluster, tmp_path_factory.mktemp("city"), {}) as running:
        yield running


@asynccontextmanager
async def phone_city(cluster: Cluster, directory: Path, sections: Mapping[str, Any]) -> AsyncIterator[City]:
    """A city whose only operator has the phone in the browser."""
    operators = {"operators": [{"id": "op1001", "name": "王芳", "webrtc": True}]}
    async with fresh_database(cluster) as name:
        plan = Plan(directory, cluster.dsn(name), phones=0, ready=0, sections={**operators, **sections})
        async with running_city(plan) as running:
            async with running.database.transaction() as connection:
                operator = Person("wangfang", "operator", operator_id="op1001")
                await accounts.add(connection, operator, PASSWORD, datetime.now(UTC))
            yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    """Its microphone hears short tones again and again: noise suppression takes a long one away."""
    async with running_browser(tmp_path_factory.mktemp("microphone")) as running:
        yield running


@asynccontextmanager
async def running_browser(directory: Path, program: str = CHROMIUM, *flags: str) -> AsyncIterator[Browser]:
    microphone = directory / "operator.wav"
    write_beeps(microphone, OPERATOR_HERTZ)
    async with async_playwright() as playwright:
        all_flags = [*_FLAGS, f"--use-file-for-fake-audio-capture={microphone}", *flags]
        running = await playwright.chromium.launch(executable_path=program, args=all_flags)
        yield running
        await running.close()


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, city: City) -> AsyncIterator[Page]:
    async with logged_in(browser, city) as opened:
        yield opened


@asynccontextmanager
async def logged_in(browser: Browser, city: City, host: str = HOST) -> AsyncIterator[Page]:
    """The desk with the operator logged in, on a small screen."""
    opened = await browser.new_page(viewport=SMALL)
    await opened.goto(desk(city, host))
    await opened.get_by_label("用户名").fill("wangfang")
    await opened.get_by_label("密码").fill(PASSWORD)
    await opened.get_by_role("button", name="登录").click()
    await expect(bar(opened)).to_be_visible(timeout=15_000)
    async with city.left_quiet():
        yield opened
        await opened.close()


def bar(page: Page) -> Locator:
    """The call bar, which is on every page."""
    return page.get_by_role("region", name="电话", exact=True)


def desk(city: City, host: str = HOST) -> str:
    return f"http://{host}:{city.settings.web.port}/"


async def go_online(page: Page, city: City) -> None:
    await press(page, "上线")
    await expect(bar(page)).to_contain_text("已上线，等待来电")
    await in_state(city, "ready")


async def in_state(city: City, state: str) -> None:
    async def there() -> bool | None:
        return await city.operator_state("op1001") == state or None

    await until(there, f"the operator is {state}")


async def press(page: Page, name: str) -> None:
    await bar(page).get_by_role("button", name=name, exact=True).click()


def write_beeps(path: Path, hertz: float) -> None:
    write_tone(path, 3, hertz)
    with wave.open(str(path)) as file:
        samples = array("h", file.readframes(file.getnframes()))
    beat = SAMPLE_RATE // 4
    for start in range(beat, len(samples), 2 * beat):
        samples[start : start + beat] = array("h", bytes(2 * len(samples[start : start + beat])))
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
        file.writeframes(samples.tobytes())


def frames(recording: Path) -> Iterator[Frame]:
    """A recorded leg in pieces of 20 ms."""
    with wave.open(str(recording)) as file:
        samples = array("h", file.readframes(file.getnframes()))
    size = SAMPLE_RATE // 50
    for start in range(0, len(samples), size):
        yield Frame(start / SAMPLE_RATE, tuple(samples[start : start + size]))


def says(call_id: str, city: City, role: str, hertz: float) -> bool:
    """Whether the raw leg of this party holds half a second of a tone."""
    [leg] = (city.settings.data_dir / "raw" / call_id).glob(f"{role}-*.wav")
    return sum(frame.has_tone(hertz) for frame in frames(leg)) > 25


async def until_heard(listener: Ear, hertz: float) -> None:
    """Wait until ten more frames with this tone have come."""
    before = len(list(listener.heard(hertz)))

    async def there() -> bool | None:
        return len(list(listener.heard(hertz))) >= before + 10 or None

    await until(there, f"{hertz:g} Hz is heard")


async def test_a_caller_hears_the_operator_in_the_browser_until_muted_and_one_ticket_follows(
    page: Page, city: City
) -> None:
    await go_online(page, city)
    panel = bar(page)
    async with ear(free_udp_port()) as citizen:
        calling = city.exchange.citizen("13900000001", dialled=QUICK, hang_up=False, media_port=citizen.port)
        async with calling:
            await expect(panel).to_contain_text("来电 13900000001")
            await expect(panel).to_contain_text("求助")
            await expect(page.get_by_role("heading", name="来电振铃")).to_be_visible()
            await press(page, "接听")
            call_id = await city.talking("13900000001")
            await until_heard(citizen, OPERATOR_HERTZ)
            await press(page, "静音")
            await asyncio.sleep(0.3)
            citizen.frames.clear()
            await asyncio.sleep(1)
            assert citizen.frames
            assert list(citizen.heard(OPERATOR_HERTZ)) == []
            await press(page, "取消静音")
            await until_heard(citizen, OPERATOR_HERTZ)
            await press(page, "挂断")
            await city.event(call_id, "operator-left")
            call = await city.hang_up(call_id)
    assert [party["name"] for party in call["parties"] if party["role"] == "operator"] == ["op1001"]
    assert len(call["tickets"]) == 1
    await expect(panel).to_contain_text("已上线，等待来电")
    await expect(panel).not_to_contain_text("13900000001")


async def test_the_browser_hears_the_caller_and_a_unit_in_the_conference_hears_both(
    page: Page, city: City, tmp_path: Path
) -> None:
    await go_online(page, city)
    speech = await asyncio.to_thread(tone, tmp_path, CITIZEN_HERTZ, 30)
    async with (
        ear(free_udp_port()) as unit,
        city.exchange.duty(DUTY, heard_at(JOINS, unit.port)),
        city.exchange.citizen("13900000002", Speak(speech), dialled=QUICK, hang_up=False),
    ):
        await press(page, "接听")
        call_id = await city.talking("13900000002")
        assert await page.evaluate(_HEARS, CITIZEN_HERTZ)
        await press(page, "三方通话")
        await page.get_by_role("listitem").filter(has_text="市水务局").get_by_role("button", name="三方通话").click()
        await city.in_phase(call_id, "conference")
        unit.frames.clear()
        await until_heard(unit, OPERATOR_HERTZ)
        await until_heard(unit, CITIZEN_HERTZ)
        call = await city.hang_up(call_id)
    assert [party["role"] for party in call["parties"]] == ["citizen", "operator", "unit"]
    assert len(call["tickets"]) == 1
    assert says(call_id, city, "operator", OPERATOR_HERTZ)
    assert not says(call_id, city, "operator", CITIZEN_HERTZ)
    assert says(call_id, city, "citizen", CITIZEN_HERTZ)
    await expect(bar(page)).to_contain_text("已上线，等待来电")


async def test_a_missed_caller_is_called_back_with_one_click_and_the_browser_answers_by_itself(
    page: Page, city: City, tmp_path: Path
) -> None:
    number = "13900000004"
    async with city.exchange.citizen(number, Wait(1), dialled="12345"):
        missed = await city.call_from(number)
    await city.outcome(missed)
    await go_online(page, city)
    speech = await asyncio.to_thread(tone, tmp_path, CITIZEN_HERTZ, 30)
    await page.goto(f"{desk(city)}desk/missed")
    await expect(bar(page)).to_contain_text("已上线，等待来电")
    async with city.exchange.duty(number, answering([Speak(speech)], rings=1)):
        await page.get_by_role("row").filter(has_text=number).get_by_role("button", name="回拨", exact=True).click()
        await expect(bar(page)).to_contain_text(f"正在呼叫 {number}")
        await expect(bar(page).get_by_role("button", name="接听")).to_have_count(0)
        [call_id] = [row["id"] for row in await city.rows("SELECT id FROM calls WHERE about_call = $1", missed)]
        await city.in_phase(call_id, "conference", 30)
        assert await page.evaluate(_HEARS, CITIZEN_HERTZ)
        await press(page, "挂断")
        call = await city.outcome(call_id, 30)
    assert (call["reached"], len(call["tickets"])) == ("person", 1)
    await expect(page.get_by_role("row").filter(has_text=number)).to_have_count(0)


async def test_a_page_that_is_left_ends_its_call_and_takes_no_other(page: Page, city: City) -> None:
    await go_online(page, city)
    async with city.exchange.citizen("13900000003", dialled=QUICK, hang_up=False):
        await press(page, "接听")
        call_id = await city.talking("13900000003")
        page.on("dialog", lambda dialog: dialog.accept())
        await page.goto("about:blank")
        await city.event(call_id, "operator-left")
        assert len((await city.hang_up(call_id))["tickets"]) == 1
    await in_state(city, "offline")


async def test_going_offline_leaves_the_queue(page: Page, city: City) -> None:
    await go_online(page, city)
    await press(page, "下线")
    await in_state(city, "offline")
    await expect(bar(page)).to_contain_text("未上线")


async def test_with_a_certificate_the_browser_comes_over_tls(
    browser: Browser, cluster: Cluster, tmp_path: Path
) -> None:
    [https] = free_ports(1)
    certified = await asyncio.to_thread(certificate, tmp_path / "tls")
    sections = {"asterisk": {"https_port": https, "tls_port": free_ports(1)[0], **certified}}
    async with phone_city(cluster, tmp_path / "city", sections) as city, logged_in(browser, city) as page:
        sockets: list[str] = []
        page.on("websocket", lambda socket: sockets.append(socket.url))
        await go_online(page, city)
        assert f"wss://{HOST}:{https}/ws" in sockets


@pytest.mark.skipif(not can_make_namespaces(), reason="network namespaces are made by root only")
@pytest.mark.parametrize("reached", ["Asterisk", "the TURN server alone"])
async def test_a_browser_behind_nat_talks_and_hears(cluster: Cluster, tmp_path: Path, reached: str) -> None:
    [turn], relays = free_ports(1), free_block(100, FOR_PHONES)
    servers, relayed = [f"stun:{OUTSIDE}:{turn}", f"turn:{OUTSIDE}:{turn}"], reached != "Asterisk"
    sections = {"ice": {"servers": servers, "secret": "shared with coturn"}}
    # First the browser's own sound: echo cancellation takes it away beside another's.
    speech = Speak(await asyncio.to_thread(tone, tmp_path, CITIZEN_HERTZ, 30), 8.0)
    async with AsyncExitStack() as stack:
        city = await stack.enter_async_context(phone_city(cluster, tmp_path / "city", sections))
        nat = await stack.enter_async_context(behind_nat(only_udp_port=turn if relayed else 0))
        ports = (city.settings.web.port, city.settings.asterisk.http_port)
        await stack.enter_async_context(reachable(ports))
        await stack.enter_async_context(turn_server(turn, "shared with coturn", relays, tmp_path))
        # The page is not on localhost here, and without TLS only such pages have a microphone.
        trusted = f"--unsafely-treat-insecure-origin-as-secure=http://{OUTSIDE}:{city.settings.web.port}"
        program = str(nat.program(CHROMIUM, tmp_path))
        browser = await stack.enter_async_context(running_browser(tmp_path, program, trusted))
        page = await stack.enter_async_context(logged_in(browser, city, OUTSIDE))
        citizen = await stack.enter_async_context(ear(free_udp_port()))
        await go_online(page, city)
        async with city.exchange.citizen("13900000009", speech, dialled=QUICK, hang_up=False, media_port=citizen.port):
            await press(page, "接听")
            call_id = await city.talking("13900000009")
            await until_heard(citizen, OPERATOR_HERTZ)
            assert await page.evaluate(_HEARS, CITIZEN_HERTZ)
            [channel] = [name for name in await city.channels() if name.startswith("PJSIP/op1001")]
            sent_to = await city.variable(channel, "CHANNEL(rtp,dest,audio)")
            assert (int(sent_to.rpartition(":")[2]) in relays) is relayed, sent_to
            await city.hang_up(call_id)
