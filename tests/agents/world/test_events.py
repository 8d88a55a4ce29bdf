"""Mesa's clock and list of events, as this model uses them."""

from __future__ import annotations

from typing import Any

from mesa.experimental.mesa_signals import ObservableSignals

from caremarket.agents.model import CareMarket
from tests.agents.conftest import SMALL, composed


def test_whoever_observes_time_hears_of_each_event_and_changes_nothing() -> None:
    scenario = composed(*SMALL)
    quiet, watched = CareMarket(scenario, 5), CareMarket(scenario, 5)
    heard: list[float] = []

    def listen(message: Any) -> None:
        heard.append(message.additional_kwargs["new"])

    watched.observe("time", ObservableSignals.CHANGED, listen)
    quiet.run_until(24.0)
    watched.run_until(24.0)
    assert watched.time == quiet.time == 24.0
    assert heard == sorted(set(heard))
    assert heard[-1] == 24.0
    # Events at the same moment change time once.
    assert watched.executed / 2 < len(heard) <= watched.executed + 1
    assert isinstance(watched, CareMarket)
    assert watched.executed == quiet.executed
    assert [o.account for o in watched.organisations] == [o.account for o in quiet.organisations]
    assert watched.run().summary == quiet.run().summary
