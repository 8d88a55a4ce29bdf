"""A kind of provider: all data keyed by its name, and the distributions of its providers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from caremarket.market.pathways import CareFunction
from caremarket.market.validation import Level, NonNegative, Positive, Share, Spread, Strict, check_record, wrong_field


class ProviderKindSpec(Strict):
    """Distributions of the providers of one kind, drawn from once, when a provider is created.

    ``functions`` gives the probability that a provider of the kind can deliver each function. ``unit_cost`` is the
    full cost relative to the national reference cost (1.0). ``turnover_gbp`` is yearly turnover in pounds, of
    which ``outside_share`` comes from outside the simulated market. ``fixed_share`` is the share of cost
    that does not fall when work is lost. ``reserve_months`` is opening reserves in months of turnover.
    ``relative_risk_aversion`` is divided by wealth to give the CARA coefficient, so that aversion falls with
    size. ``reach_area``/``reach_region``/``reach_nation`` are the probabilities of bidding only in the home area, in
    the whole region, or everywhere. ``turnover_per_staff_gbp`` converts turnover to head count for the SME limit.
    """

    functions: dict[CareFunction, Share]
    unit_cost: Spread
    quality: Level
    skill: Level
    turnover_gbp: Spread
    outside_share: Share
    outside_margin: Annotated[float, Field(ge=-0.2, le=0.2)] = 0.0
    fixed_share: Share
    reserve_months: Spread
    relative_risk_aversion: NonNegative = 3.0
    markup: Spread
    reach_area: NonNegative = 1.0
    reach_region: NonNegative = 0.0
    reach_nation: NonNegative = 0.0
    social_value: Share = 0.3
    turnover_per_staff_gbp: Positive = 45_000.0
    can_fail: bool = True
    limited_liability: bool = False

    @model_validator(mode="after")
    def _some_reach(self) -> Self:
        if self.reach_area + self.reach_region + self.reach_nation <= 0:
            raise ValueError("one of reach_area, reach_region, reach_nation must be above zero")
        return self


@dataclass(frozen=True, slots=True)
class ProviderKind:
    """A pluggable kind of provider.

    Attributes:
        name: name in configuration and tables.
        label: name in charts.
        words: name in sentences, without an article.
        colour: colour in charts, ``#rrggbb``.
        calibration_group: its group in the BMJ investigation's figures (``experiments/calibration/targets.py``).
        python_class: class of its providers, a ``Provider``, as ``module:name``.
        mark: shape in the chart of the supply network.
        title: name of a generated provider, to which a number is added; ``label`` if empty.
        stem, register_stem: start of the ids of generated providers, in a synthetic market and in one filled in
            around registers; ``name`` if empty. Ids are the keys of random draws.
        merger_family: kinds of one family merge with one another; None: it does not merge.
        enters: whether newcomers can be of this kind.
        public: whether it is an NHS body: asked first if care must continue, and never a small enterprise.
        third_sector: whether it is a charity, social enterprise or voluntary group.
        may_be_small: whether it is a small enterprise below the SME line.
        integrator: whether it may deliver no care itself.
        of_practices: whether GP practices are its members.
        one_contract: whether it is set up during a run for one contract and so is not in configuration.
        reference_population: default of ``market.fit.reference_population``; None: turnover does not scale.
        distributions: default of ``market.kinds.<name>``; None: configuration must give it.
        order: position in lists and charts.

    Raises:
        ValueError: a field is of the wrong type or out of range.
    """

    name: str
    label: str
    words: str
    colour: str
    calibration_group: Literal["nhs", "private", "voluntary", "other"]
    python_class: str = "caremarket.agents.entities.provider:Provider"
    mark: Literal["circle", "diamond"] = "circle"
    title: str = ""
    stem: str = ""
    register_stem: str = ""
    merger_family: str | None = None
    enters: bool = False
    public: bool = False
    third_sector: bool = False
    may_be_small: bool = True
    integrator: bool = False
    of_practices: bool = False
    one_contract: bool = False
    reference_population: Annotated[int, Field(gt=0)] | None = None
    distributions: ProviderKindSpec | None = None
    order: int = 100

    def __post_init__(self) -> None:
        check_record(ProviderKind, self)
        if not re.fullmatch(r"#[0-9A-Fa-f]{6}", self.colour):
            raise wrong_field(self, "colour", self.colour, "#rrggbb, such as #117733")
        if not re.fullmatch(r"[\w.]+:\w+", self.python_class):
            raise wrong_field(self, "python_class", self.python_class, "a class as module:name")

    def generated(self, number: int) -> tuple[str, str]:
        """Id and name of the provider with this number in a synthetic market, counted from 1."""
        return f"{self.stem or self.name}-{number:02d}", f"{self.title or self.label} {number}"

    def filled_in(self, area: str, number: int) -> tuple[str, str]:
        """Id and name of the provider with this number in an area of a market filled in around registers."""
        stem = self.register_stem or f"{self.name}-"
        return f"{area}-{stem}{number:03d}", f"{self.title or self.label} {number} of {area}"
