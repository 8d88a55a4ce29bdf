"""The page's levers are those of the registry, every one, with what the registry says of them."""

import pytest
from pydantic import ValidationError

from caremarket.market.levers import PolicySpec
from caremarket.runners.demo.lever_controls import WEIGHTS, lever, levers, meanings, rebalanced


def test_every_lever_of_the_registry_is_there_in_its_order_with_a_sentence():
    assert [found.key for found in levers()] == list(PolicySpec.model_fields)
    for found in levers():
        assert found.group
        assert found.meaning[0].isupper()
        assert found.meaning.endswith(".")
        assert ":" not in found.meaning[-3:]
        assert "(P " not in found.meaning
        assert ":data:" not in found.meaning


@pytest.mark.parametrize("key", [found.key for found in levers() if found.kind in {"number", "whole"}])
def test_a_sliders_ends_are_allowed_and_what_lies_beyond_is_not(key):
    found = lever(key)
    others = dict.fromkeys(WEIGHTS, 0.25)

    def policy(value):
        changed = rebalanced(others, key, value) if key in WEIGHTS else {key: value}
        return PolicySpec.model_validate(
            changed | ({"choice_functions": ("community",)} if key == "choice_share" else {})
        )

    number = round if found.kind == "whole" else float
    policy(number(found.low))
    policy(number(found.high))
    beyond = found.high + (1 if found.kind == "whole" else 0.001)
    with pytest.raises(ValidationError):
        PolicySpec.model_validate({key: beyond})


@pytest.mark.parametrize("found", [found for found in levers() if found.kind == "number"], ids=lambda found: found.key)
def test_the_default_is_a_place_on_the_slider(found):
    places = (found.default - found.low) / found.step
    assert places == pytest.approx(round(places), abs=1e-6)
    assert 10 <= (found.high - found.low) / found.step <= 100


def test_money_and_time_say_what_they_count():
    assert lever("duration_years").unit == "years"
    assert lever("prompt_payment_days").unit == "days"
    assert lever("flow_down").unit == "share"
    assert lever("merger_line").unit == "points"
    assert lever("form").unit == ""


def test_moving_one_award_criterion_leaves_the_others_their_proportions():
    before = {"weight_price": 0.4, "weight_quality": 0.4, "weight_social_value": 0.1, "weight_integration": 0.1}
    after = rebalanced(before, "weight_price", 0.7)
    assert sum(after.values()) == pytest.approx(1.0)
    assert after["weight_quality"] == pytest.approx(0.2)
    assert after["weight_social_value"] == pytest.approx(0.05)
    assert sum(rebalanced(dict.fromkeys(WEIGHTS, 0.0) | {"weight_price": 1.0}, "weight_price", 0.4).values()) == 1.0


def test_an_entry_goes_on_over_lines_and_several_keys_share_one():
    told = meanings("Intro.\n\nWhat:\n    one, two: first line\n        and second (P 1.6).\n    three: it.\n\nRest.")
    assert told == {
        "one": ("What", "First line and second."),
        "two": ("What", "First line and second."),
        "three": ("What", "It."),
    }
