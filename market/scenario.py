"""A scenario: all inputs of a run except its seed, typed, range-checked and frozen.

A :class:`Scenario` is plain data. It is built once from configuration (or by hand in Python). Its hash names a run's
folder, and it is sent once to every worker. A run does not change it.

Money is in pounds in configuration keys that end in ``_gbp`` and in integer pence everywhere else.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from caremarket.market.levers import PolicySpec
from caremarket.market.market_spec import MarketSpec
from caremarket.market.mechanisms import MechanismSpec
from caremarket.market.parameters import BehaviourSpec
from caremarket.market.pathway_spec import PathwaySpec
from caremarket.market.validation import NonNegative, Share, Strict


class RecordSpec(Strict):
    """Tables that a run keeps. The summary is always kept."""

    yearly: bool = True
    events: bool = True
    procurements: bool = True
    bids: bool = True
    contracts: bool = True
    subcontracts: bool = True
    organisations: bool = True
    positions_months: Annotated[int, Field(ge=0, le=600)] = 3
    postings: bool = False
    check_ledger: Literal["end", "yearly", "event"] = "yearly"


class Reform(Strict):
    """A change of policy at a date: from ``month`` on, these levers have these values."""

    month: NonNegative
    policy: dict[str, Any] = Field(min_length=1)


class Shock(Strict):
    """An external event that hits the market at a date, independent of all decisions in it.

    Attributes:
        month: month of the event.
        kind: ``practice_withdraws`` (practices leave their federation), ``provider_fails`` (providers of a kind become
            insolvent, trusts are rescued), ``funds_lost`` (they lose part of their reserves), ``allocation`` (the
            allocation of commissioners is cut from then on).
        count: number of organisations hit, the largest first.
        who: kind of provider, or the id of one; for practices an id, or the id or form of their group; for
            a commissioner its id, area or region; empty for any that can be hit.
        share: share of reserves lost by ``funds_lost``, or of the allocation cut by ``allocation``.
    """

    month: NonNegative
    kind: Literal["practice_withdraws", "provider_fails", "funds_lost", "allocation"]
    count: Annotated[int, Field(ge=1, le=10_000)] = 1
    who: str = ""
    share: Share = 1.0


class Scenario(Strict):
    """One market with its rules and organisations: with a seed, all that :func:`caremarket.agents.simulate` needs."""

    name: str = Field(default="local", pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    horizon_years: Annotated[float, Field(gt=0.0, le=50.0)] = 10.0
    pathways: tuple[PathwaySpec, ...]
    market: MarketSpec
    policy: PolicySpec = PolicySpec()
    calendar: dict[str, Reform] = Field(default_factory=dict)
    shocks: dict[str, Shock] = Field(default_factory=dict)
    mechanisms: MechanismSpec = MechanismSpec()
    behaviour: BehaviourSpec = BehaviourSpec()
    record: RecordSpec = RecordSpec()

    @model_validator(mode="after")
    def _pathways_are_named_once(self) -> Self:
        names = [p.name for p in self.pathways]
        if not names:
            raise ValueError("pathways: at least one is needed")
        if len(set(names)) < len(names):
            raise ValueError("pathways: a name is used twice")
        if self.market.roster is not None:
            for contract in self.market.roster.contracts:
                if contract.pathway not in names:
                    raise ValueError(f"market.roster: contracts name the unknown pathway {contract.pathway!r}")
        return self

    def reforms(self) -> Iterator[tuple[str, float, PolicySpec]]:
        """Name, month and resulting policy of each reform, in order of time.

        Raises:
            pydantic.ValidationError: a reform sets an unknown lever or a value out of range.
        """
        policy = self.policy
        for name, reform in sorted(self.calendar.items(), key=lambda entry: (entry[1].month, entry[0])):
            policy = PolicySpec.model_validate(policy.model_dump() | reform.policy)
            yield name, reform.month, policy
