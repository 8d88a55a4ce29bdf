"""The page in a browser: Chromium drives it as a teacher would, and as somebody would who tries to break it."""

import io
import json
import re
import shutil
import subprocess
import sys
import time
import urllib.request
import zipfile
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from caremarket.runners.demo.engine.recording import open_recording

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
WAIT = 60_000
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: apt-get install chromium")


@pytest.fixture(scope="module")
def address(recorded):
    """A server of its own process, with the recorded run where runs are looked for."""
    command = [
        sys.executable,
        "-m",
        "caremarket.runners.cli",
        "demo",
        "port=0",
        "market=tiny",
        "horizon_years=4",
        "speed=24",
    ]
    server = subprocess.Popen(
        [*command, f"output_root={recorded.parent.parent}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    lines = []
    for line in server.stdout:
        lines.append(line)
        if line.startswith("Ready: "):
            break
    else:
        pytest.fail("".join(lines))
    yield lines[-1].split()[1]
    server.terminate()
    assert server.wait(20) is not None


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@contextmanager
def opened(browser, address, query=""):
    """A page that has its first picture; what it asked other hosts for and what went wrong in it is on it."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.foreign, page.errors = [], []
    page.on("request", lambda r: None if r.url.startswith((address, "data:", "blob:")) else page.foreign.append(r.url))
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("console", lambda m: page.errors.append(m.text) if m.type == "error" else None)
    page.goto(address + query)
    page.wait_for_selector("[data-testid=chart-B] svg", timeout=WAIT)
    wait(page, lambda p: phase(p) == "paused")
    try:
        yield page
    finally:
        page.close()


def wait(page, happens, seconds=40.0):
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if happens(page):
            return
        page.wait_for_timeout(60)
    raise AssertionError(f"never came; month {month(page)}, {phase(page)}, {page.errors}")


def at(page, name):
    return page.locator(f"[data-testid={name}]")


def month(page):
    return float(at(page, "month").get_attribute("data-month"))


def phase(page):
    return at(page, "month").get_attribute("data-phase")


def to_month(page, number):
    """Drag the scrubber to a month."""
    at(page, "scrub").evaluate(
        "(e, n) => { e.value = n; e.dispatchEvent(new Event('input')); e.dispatchEvent(new Event('change')) }", number
    )
    wait(page, lambda p: month(p) == number and phase(p) == "paused")


def after_an_event(page):
    """The month after a step by event."""
    at(page, "step-event").click()
    settle(page)
    return month(page)


def slide(page, lever, value):
    """Move a lever's slider as a mouse does."""
    at(page, f"lever-{lever}").evaluate(
        "(e, v) => { e.value = v; e.dispatchEvent(new Event('input')); e.dispatchEvent(new Event('change')) }", value
    )


def settle(page):
    """Wait until what is told no longer changes."""
    told = [""]

    def same(p):
        before, told[0] = told[0], at(p, "feed-B").inner_text()
        p.wait_for_timeout(400)
        return told[0] == before

    wait(page, same)


def drawn(page):
    return int(at(page, "chart-B").get_attribute("data-draws"))


def wait_for_sessions(address, number, seconds=30.0):
    ends = time.monotonic() + seconds
    while sessions(address) != number and time.monotonic() < ends:
        time.sleep(0.1)
    assert sessions(address) == number


def sessions(address):
    with urllib.request.urlopen(f"{address}/caremarket/state", timeout=10) as answer:
        return json.load(answer)["sessions"]


def test_play_24_months_pause_step_and_nothing_is_asked_of_another_host(browser, address):
    with opened(browser, address) as page:
        page.keyboard.press("Space")
        wait(page, lambda p: month(p) >= 24)
        page.keyboard.press("Space")
        wait(page, lambda p: phase(p) == "paused")
        stopped = month(page)
        page.wait_for_timeout(500)
        assert month(page) == stopped
        page.keyboard.press("ArrowRight")
        wait(page, lambda p: month(p) == int(stopped) + 1)
        wait(page, lambda p: after_an_event(p) > int(stopped) + 1)  # several may happen in the same instant
        assert at(page, "feed-A").locator("li").count() > 5
        assert "because" in at(page, "feed-A").inner_text() + at(page, "feed-B").inner_text()
        assert int(at(page, "chart-A").get_attribute("data-draws")) > 3
        assert int(at(page, "chart-A").get_attribute("data-embeds")) == 1
        assert page.foreign == []
        assert page.errors == []


def test_every_view_is_drawn_and_fits_the_window_without_scrolling(browser, address):
    with opened(browser, address) as page:
        to_month(page, 18)
        for number, tab in enumerate(page.locator("[role=tab]").all(), 1):
            before = drawn(page)
            page.keyboard.press(str(number))
            wait(page, lambda p, tab=tab: tab.get_attribute("aria-selected") == "true")
            if number > 1:
                wait(page, lambda p, before=before: drawn(p) > before)
            marks = at(page, "chart-B").locator("svg path").count()
            assert marks > 5, tab.inner_text()
            assert at(page, "problem-B").count() == 0
        tall = page.evaluate("document.scrollingElement.scrollHeight <= window.innerHeight")
        wide = page.evaluate("document.scrollingElement.scrollWidth <= window.innerWidth")
        assert tall
        assert wide
        assert page.errors == []


def test_a_lever_moved_makes_a_difference_at_the_same_month(browser, address):
    with opened(browser, address, "?a=prime_provider&b=prime_provider") as page:
        to_month(page, 36)
        settle(page)
        figures = [at(page, f"{side}-hhi-done").inner_text() for side in "AB"]
        assert figures[0] == figures[1]  # same policy, same seed
        slide(page, "flow_down", 1)
        wait(page, lambda p: at(p, "B-hhi-done").inner_text() != figures[1])
        assert month(page) == 36
        assert at(page, "A-hhi-done").inner_text() == figures[0]
        page.keyboard.press("o")
        page.wait_for_selector("pre.cm-command >> text=policy.flow_down=1", timeout=WAIT)


@pytest.mark.slow
def test_scenario_seed_and_policy_are_chosen(browser, address):
    with opened(browser, address) as page:
        at(page, "scenario").select_option("house")
        wait(page, lambda p: phase(p) == "paused" and at(p, "A-contracts").inner_text() == "7")
        at(page, "policy-A").select_option("alliance")
        wait(page, lambda p: phase(p) == "paused" and "alliance" in at(p, "side-0").inner_text())
        to_month(page, 20)
        at(page, "seed").fill("7")
        at(page, "seed").press("Enter")
        wait(page, lambda p: month(p) == 0 and phase(p) == "paused")
        at(page, "seed").fill("-3")
        at(page, "seed").press("Enter")
        page.wait_for_selector("[data-testid=setup-problem] >> text=seed", timeout=WAIT)
        at(page, "scenario").select_option("england")
        page.wait_for_selector("[data-testid=problem-A] >> text=market.ods_dir", timeout=WAIT)
        at(page, "scenario").select_option("local")
        wait(page, lambda p: at(p, "problem-A").count() == 0 and phase(p) == "paused")


def test_an_organisation_is_looked_at_from_the_feed_and_from_a_chart(browser, address):
    with opened(browser, address) as page:
        to_month(page, 30)
        settle(page)
        name = at(page, "feed-B").locator(".cm-who").first
        said = name.inner_text()
        name.click()
        page.wait_for_selector("[data-testid=organisation]", timeout=WAIT)
        assert at(page, "organisation").locator("h2").inner_text() == said
        wait(page, lambda p: at(p, "organisation").locator("li").count() > 0)
        page.keyboard.press("Escape")
        page.wait_for_selector("[data-testid=organisation]", state="detached", timeout=WAIT)
        at(page, "chart-A").locator("svg .mark-rect path").nth(3).click(force=True)
        page.wait_for_selector("[data-testid=organisation]", timeout=WAIT)


def test_tables_are_saved_and_what_was_saved_is_replayed(browser, address, tmp_path):
    with opened(browser, address) as page:
        to_month(page, 15)
        page.keyboard.press("o")
        with page.expect_download(timeout=WAIT) as saved:
            page.get_by_text("Save B").click()
        content = Path(saved.value.path()).read_bytes()
        assert re.search(r"local-prime_provider-seed1-month15\.zip$", saved.value.suggested_filename)
        folder = tmp_path / "saved"
        zipfile.ZipFile(io.BytesIO(content)).extractall(folder)
        assert open_recording(folder).horizon == 15.0
        assert pq.read_metadata(folder / "events.parquet").num_rows > 50
        page.get_by_label("Folder of a run").fill(str(folder))
        page.get_by_role("button", name="Open", exact=True).click()
        wait(page, lambda p: month(p) == 0 and at(p, "policy-A").count() == 0)
        to_month(page, 12)
        wait(page, lambda p: at(p, "feed-A").locator("li").count() > 3)
        page.keyboard.press("ArrowLeft")
        wait(page, lambda p: month(p) == 11)


def test_a_corrupt_recording_gets_a_clear_word_and_the_page_goes_on(browser, address, tmp_path, recorded):
    spoiled = shutil.copytree(recorded, tmp_path / "spoiled")
    (spoiled / "contracts.parquet").write_bytes(b"PAR1 not really PAR1")
    with opened(browser, address) as page:
        page.keyboard.press("o")
        page.get_by_label("Folder of a run").fill(str(spoiled))
        page.get_by_role("button", name="Open", exact=True).click()
        page.wait_for_selector("[data-testid=problem-A] >> text=contracts.parquet: is corrupt", timeout=WAIT)
        page.keyboard.press("ArrowRight")
        wait(page, lambda p: month(p) == 1 and at(p, "policy-A").count() == 1)


def test_two_tabs_have_runs_of_their_own_and_a_closed_tabs_run_stops(browser, address):
    wait_for_sessions(address, 0)
    with opened(browser, address) as one, opened(browser, address, "?seed=5") as two:
        assert sessions(address) == 2
        to_month(one, 9)
        assert month(two) == 0
        two.keyboard.press("Space")
        wait(two, lambda p: month(p) > 1)
        assert month(one) == 9
    wait_for_sessions(address, 0)


@pytest.mark.slow
def test_a_reload_in_mid_run_begins_anew_and_leaves_no_run_behind(browser, address):
    wait_for_sessions(address, 0)
    with opened(browser, address) as page:
        page.keyboard.press("Space")
        wait(page, lambda p: month(p) > 2)
        page.reload()
        page.wait_for_selector("[data-testid=chart-B] svg", timeout=WAIT)
        wait(page, lambda p: phase(p) == "paused" and month(p) == 0)
        assert sessions(address) == 1
        page.keyboard.press("ArrowRight")
        wait(page, lambda p: month(p) == 1)
    wait_for_sessions(address, 0)


@pytest.mark.slow
def test_extreme_values_and_nonsense_do_no_harm(browser, address):
    with opened(browser, address) as page:
        for summary in page.locator(".cm-setup summary").all()[1:]:
            if summary.evaluate("e => !e.parentElement.open"):
                summary.click()
        slide(page, "indicators", 500)
        slide(page, "weight_price", 1)
        slide(page, "turnover_ratio", 10)
        slide(page, "duration_years", 1)
        at(page, "lever-payment").select_option("tariff")
        wait(page, lambda p: phase(p) == "paused")
        at(page, "lever-flow_down").evaluate("e => { e.max = 99; e.value = 99; e.dispatchEvent(new Event('change')) }")
        wait(page, lambda p: phase(p) == "paused")
        for key in ["Space", "Space", "ArrowLeft", "r", "9", "Space", "e", "e", "ArrowRight", "r"]:
            page.keyboard.press(key)
        wait(page, lambda p: phase(p) == "paused" and month(p) == 0)
        to_month(page, 4)
        assert page.errors == []


@pytest.mark.slow
def test_light_and_dark_both_draw_and_the_keyboard_reaches_every_control(browser, address):
    with opened(browser, address) as page:
        grounds = set()
        for _ in range(3):
            before = page.locator(".cm-desk").get_attribute("class")
            at(page, "theme").click()
            wait(page, lambda p, before=before: p.locator(".cm-desk").get_attribute("class") != before)
            grounds.add(page.locator(".cm-desk").evaluate("e => getComputedStyle(e).backgroundColor"))
        assert len(grounds) == 2
        wait(page, lambda p: int(at(p, "chart-A").get_attribute("data-embeds")) >= 2)
        page.locator("body").click(position={"x": 640, "y": 5})
        reached = set()
        for _ in range(60):
            page.keyboard.press("Tab")
            reached.add(page.evaluate("document.activeElement.dataset.testid || document.activeElement.tagName"))
        assert {"play", "speed", "scrub", "view-shares", "levers", "scenario", "seed", "lever-form"} <= reached
