"""The card of an organisation on the teaching page says why it bid what it bid."""

from __future__ import annotations

from caremarket.agents.model import simulate
from caremarket.experiments.report.story.bid_basis import basis_of
from caremarket.runners.demo.drawing.story_feed import MOST_LINES, Storyteller
from tests.agents.conftest import small


def test_the_card_of_a_bidder_says_what_it_believed_when_it_set_its_price() -> None:
    tables = simulate(small("policy=prime_provider", horizon_years=3), 1).tables
    ended = {p["id"] for p in tables["procurements"].to_pylist() if p["closed"] <= 36.0}
    bids = [b for b in tables["bids"].to_pylist() if b["procurement"] in ended]
    whole = 0
    for bidder in {b["bidder"] for b in bids}:
        card = Storyteller().person(tables, 0, bidder, 36.0)
        assert card is not None
        if len(card.lines) < MOST_LINES:
            whole += 1
            told = [line.text for line in card.lines]
            for bid in (b for b in bids if b["bidder"] == bidder):
                assert any(text.endswith(basis_of(bid)) for text in told)
    assert whole > 0
