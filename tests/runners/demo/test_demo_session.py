"""The engine: two sides in step, and the same run that the command line makes."""

import time
from dataclasses import replace

import pytest

from caremarket.agents import simulate
from caremarket.runners.demo.engine import session as engine
from caremarket.runners.demo.engine.session import Session, TooManySessionsError
from tests.runners.demo.conftest import PRIME, SEPARATE


def until(session, happens, seconds=20.0):
    """Wait until a picture is as wanted; fails with the last one otherwise."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if happens(session.picture):
            return session.picture
        time.sleep(0.01)
    raise AssertionError(f"never came: {replace(session.picture, views=())}")


def settled(picture):
    return picture.phase == "paused"


@pytest.fixture
def session(composer):
    made = Session(composer, [SEPARATE, PRIME])
    yield until(made, settled) and made
    made.close()
    assert made.stopped.is_set()


def test_stepping_and_playing_in_slices_gives_the_run_that_simulate_gives(session, composer):
    session.step_months(1)
    until(session, lambda p: settled(p) and p.month == 1)
    for _ in range(5):
        session.step_event()
    session.set_speed(1000)
    session.play()
    picture = until(session, lambda p: p.month == 36 and p.phase in {"ended", "paused"})
    for choice, view in zip((SEPARATE, PRIME), picture.views, strict=True):
        whole = simulate(composer.scenario(choice), 1).tables
        for name in ("events", "procurements", "bids", "contracts", "subcontracts", "organisations", "yearly"):
            # A running market shows procurements that are under way, a finished one only those that ended.
            ours = [row for row in view.tables[name].to_pylist() if row.get("outcome") != "under_way"]
            assert ours == whole[name].to_pylist(), name


def test_a_step_by_event_goes_to_the_next_row_of_either_log_and_both_sides_stay_in_step(session):
    months = [0.0]
    for _ in range(12):
        session.step_event()
        before = session.picture.number
        until(session, lambda p, before=before: p.number > before and settled(p) and p.month > months[-1])
        months.append(session.picture.month)
        logged = {row for view in session.picture.views for row in view.tables["events"]["time"].to_pylist()}
        assert session.picture.month in logged
        assert not [row for row in logged if months[-2] < row < months[-1]]


def test_a_lever_moved_in_mid_run_brings_the_side_back_to_the_same_month(session, composer):
    session.seek(20)
    until(session, lambda p: settled(p) and p.month == 20)
    kept = session.picture.views[0].tables["events"].to_pylist()
    moved = PRIME.with_lever(composer.scenario(PRIME).policy.model_dump(), "flow_down", 1.0)
    session.choose(1, moved)
    picture = until(session, lambda p: settled(p) and p.views[1].choice == moved and not p.views[1].busy)
    assert picture.month == 20
    assert picture.views[0].tables["events"].to_pylist() == kept
    assert "policy.flow_down=1" in picture.views[1].command


def test_a_change_from_now_on_leaves_the_past_as_it_was_and_is_a_reform_in_the_log(session, composer):
    session.seek(18)
    before = until(session, lambda p: settled(p) and p.month == 18).views[1].tables["events"].to_pylist()
    moved = PRIME.with_lever(composer.scenario(PRIME).policy.model_dump(), "monitoring", 1.0, 18.0)
    session.choose(1, moved)
    until(session, lambda p: settled(p) and p.views[1].choice == moved and not p.views[1].busy)
    after = session.picture.views[1].tables["events"].to_pylist()
    assert [row for row in after if row["time"] < 18] == [row for row in before if row["time"] < 18]
    assert [row["time"] for row in after if row["kind"] == "reform"] == [18.0]


def test_looking_back_shows_the_past_and_playing_goes_on_from_there(session):
    session.seek(12)
    until(session, lambda p: settled(p) and p.month == 12)
    session.seek(5)
    picture = until(session, lambda p: p.month == 5)
    assert picture.reached == 12
    session.step_event()
    picture = until(session, lambda p: p.month > 5)
    assert picture.reached == 12
    session.step_months(-1)
    assert until(session, lambda p: p.month == 5).reached == 12


def test_reset_forgets_what_was_changed_in_mid_run_and_keeps_what_was_set_at_the_start(session, composer):
    policy = composer.scenario(PRIME).policy.model_dump()
    changed = PRIME.with_lever(policy, "flow_down", 0.9).with_lever(policy, "monitoring", 1.0, 6.0)
    session.choose(1, changed)
    session.seek(8)
    until(session, lambda p: settled(p) and p.month == 8 and not p.views[1].busy)
    session.reset()
    picture = until(session, lambda p: settled(p) and p.month == 0 and not p.views[1].busy)
    assert picture.views[1].choice.levers == {"flow_down": 0.9}
    assert picture.views[1].choice.reforms == ()


def test_what_cannot_be_simulated_is_said_and_the_other_side_goes_on(session):
    session.choose(1, replace(PRIME, levers={"flow_down": 7.0}))
    picture = until(session, lambda p: settled(p) and p.views[1].problem)
    assert "policy.flow_down" in picture.views[1].problem
    assert "0 to 1" in picture.views[1].problem
    session.step_months(1)
    assert until(session, lambda p: settled(p) and p.month == 1).views[0].tables is not None
    session.choose(1, PRIME)
    assert (
        not until(session, lambda p: settled(p) and p.views[1].tables is not None and not p.views[1].busy)
        .views[1]
        .problem
    )


def test_playing_keeps_the_pace_asked_for_and_pausing_stops_it(session):
    session.set_speed(6)
    session.play()
    time.sleep(1.5)
    session.pause()
    picture = until(session, settled)
    assert 3 <= picture.month <= 13
    time.sleep(0.3)
    assert session.picture.month == picture.month


def test_only_so_many_sessions_run_and_a_closed_one_makes_room(composer, session):
    with pytest.raises(TooManySessionsError, match="1 pages are open"):
        Session(composer, [SEPARATE], most=1)
    before = engine.sessions_open()
    other = Session(composer, [SEPARATE])
    assert engine.sessions_open() == before + 1
    other.close()
    assert engine.sessions_open() == before


def test_a_recording_is_scrubbed_in_the_same_way_and_live_runs_come_back(session, recorded):
    session.replay([str(recorded)])
    picture = until(session, lambda p: p.replay)
    assert (picture.month, picture.horizon, picture.reached) == (0.0, 36.0, 36.0)
    session.seek(30)
    until(session, lambda p: p.month == 30)
    session.step_event()
    month = until(session, lambda p: p.month > 30).month
    times = picture.views[0].tables["events"]["time"].to_pylist()
    assert month == min(t for t in times if t > 30)
    session.choose_all([SEPARATE, PRIME])
    picture = until(session, lambda p: settled(p) and not p.replay and not any(v.busy for v in p.views))
    assert [view.title for view in picture.views] == ["separate", "prime_provider"]


def test_a_corrupt_recording_is_said_and_what_was_there_stays(session, tmp_path):
    session.step_months(2)
    until(session, lambda p: settled(p) and p.month == 2)
    told = []
    session.listen(lambda p: told.extend(view.problem for view in p.views if view.problem))
    session.replay([str(tmp_path / "nothing")])
    ends = time.monotonic() + 5
    while not told and time.monotonic() < ends:
        time.sleep(0.01)
    assert "is not there" in told[0]
    session.step_months(1)
    picture = until(session, lambda p: settled(p) and p.month == 3)
    assert not picture.replay
    assert picture.views[0].tables is not None
