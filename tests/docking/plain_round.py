"""One tender and a year of delivery, from the text of docs/odd.md alone: nothing of caremarket is imported.

Sections *Random draws* and *One tender and a year of delivery*; numbers of purposes and states from docs/odd-tables.md.
A case is a plain mapping: ``seed``, ``commissioner``, ``pathway``, ``policy``, ``behaviour`` and ``bidders``.
"""

from __future__ import annotations

import struct
from hashlib import blake2b
from math import exp, log, sqrt
from statistics import NormalDist
from typing import Any

LOCAL_FIT, ESTIMATE, DEMAND, CASE_COST, DURATION, ATTENTION, EVALUATION, PHASE = 5, 6, 7, 8, 9, 10, 11, 19
STAGES = {
    "appraisal": 0,
    "notice": 2,
    "questionnaire": 3,
    "tender": 4,
    "evaluation": 5,
    "signed": 8,
    "mobilisation": 9,
}
ROUND = 1
ROUTE_MULTIPLE = 1.5
MOST_INVITED = 6

STEP = 0.02
GRID = [STEP * i for i in range(101)]
STEPS = 48

Case = dict[str, Any]


def uniform(seed: int, purpose: int, entity: int, other: int = 0, occasion: int = 0) -> float:
    packed = struct.pack("<QqQQq", seed, purpose, entity, other, occasion)
    digest = int.from_bytes(blake2b(packed, digest_size=8).digest(), "little")
    return ((digest >> 11) + 0.5) * 2.0**-53


def normal(seed: int, purpose: int, entity: int, other: int = 0, occasion: int = 0) -> float:
    return NormalDist().inv_cdf(uniform(seed, purpose, entity, other, occasion))


def mean_one(s: float, z: float) -> float:
    return exp(s * z - s * s / 2.0)


def key(*parts: str) -> int:
    return int.from_bytes(blake2b("\x1f".join(parts).encode(), digest_size=8).digest(), "little")


def between(values: list[float], place: float) -> float:
    """Value at a place between the points of the grid; beyond an end the value at it."""
    place = min(max(place, 0.0), len(values) - 1.0)
    i = min(int(place), len(values) - 2)
    return values[i] + (place - i) * (values[i + 1] - values[i])


def with_error(values: list[float], sd: float) -> list[float]:
    """Mean of the values with a normal error in the effective price."""
    d = min(sqrt(3.0) * sd / STEP, len(values) - 2.0)
    return [2.0 / 3.0 * v + (between(values, i - d) + between(values, i + d)) / 6.0 for i, v in enumerate(values)]


class Prospect:
    """A tender as one bidder sees it: ``unit`` is the price whose effective price is 1, ``won`` is P on the grid."""

    def __init__(self, unit: float, won: list[float], ceiling: float, budget: NormalDist | None) -> None:
        self.unit, self.won, self.ceiling, self.budget = unit, won, ceiling, budget

    def wins(self, price: float) -> float:
        return between(self.won, price / self.unit / STEP)

    def pays(self, price: float) -> float:
        return 1.0 if self.budget is None else 1.0 - self.budget.cdf(price)

    def surplus(self, price: float, lowest: float) -> float:
        return self.wins(price) * self.pays(price) * (price - lowest)

    def best(self, lowest: float) -> float:
        if self.ceiling <= lowest:
            return self.ceiling
        width = (self.ceiling - lowest) / STEPS
        prices = [lowest + i * width for i in range(STEPS)] + [self.ceiling]
        values = [self.surplus(p, lowest) for p in prices]
        i = max(range(STEPS - 8, 0, -8), key=lambda i: values[i])
        for apart in (4, 2, 1):
            i = max((i, i - apart, i + apart), key=lambda j: values[j])
        low, most, high = values[i - 1 : i + 2]
        found = prices[i]
        if high <= most and low - 2.0 * most + high < 0.0:
            top = prices[i] + width * (low - high) / (low - 2.0 * most + high) / 2.0
            found = max(found, top, key=lambda p: self.surplus(p, lowest))
        return found if self.surplus(found, lowest) > values[STEPS] else self.ceiling


class Round:
    """The round of one case; ``outcome`` says how the procurement ended."""

    def __init__(self, case: Case) -> None:
        self.seed: int = case["seed"]
        self.buyer: Case = case["commissioner"]
        self.pathway: Case = case["pathway"]
        self.levers: Case = case["policy"]
        self.b: Case = case["behaviour"]
        self.bidders: list[Case] = case["bidders"]
        names = (self.buyer["id"], self.pathway["name"])
        self.item = key("item", *names, self.pathway["function"])
        self.need = key("need", *names)
        head = self.pathway["cost_per_head_gbp"]
        self.reference = round(self.buyer["population"] * head * 100.0 * 1.0)
        self.budget = int(self.reference * (1.0 - self.levers["budget_discount"]))
        life = self.b["life"]
        self.staff = self.b["staff_transfer"] * life["staff_cost_share"] * life["staff_transfer_cost"]
        self.years: float = self.levers["duration_years"]
        self.begins = 0.0
        self.bids: dict[str, Case] = {}
        self.winner = ""
        self.left_out = 0
        self.price = 0
        self.spent: dict[str, int] = {}
        self.outcome = self.play()

    # Steps, in the order of the text ----------------------------------------------------------------------

    def stay(self, stage: str) -> float:
        p = self.b["procurement"]
        low, high = p[f"{stage}_min_months"], p[f"{stage}_max_months"]
        return float(low + (high - low) * uniform(self.seed, DURATION, self.item, STAGES[stage], ROUND))

    def play(self) -> str:
        answers = [x for x in self.bidders if self.reaches(x) and self.answers(x)]
        passed = [x for x in answers if self.passes(x)]
        if not passed:
            return "no_bids"
        invited = sorted(passed, key=lambda x: -self.quality(x))[:MOST_INVITED]
        self.left_out = len(passed) - len(invited)
        for bidder in (x for x in self.bidders if x in invited):
            price = self.asks(bidder, len(invited))
            if price is not None:
                self.bids[bidder["id"]] = {"bidder": bidder, "price": price, "estimate": round(self.estimate(bidder))}
        if not self.bids:
            return "no_bids"
        complying = [bid for bid in self.bids.values() if bid["price"] <= self.budget]
        if not complying:
            return "over_budget"
        if len(self.bids) == 1 and not self.levers["accept_single_bid"]:
            return "one_bid"
        lowest = min(bid["price"] for bid in complying)
        for bid in complying:
            bid["score"] = self.score(bid, lowest)
        best = max(complying, key=lambda bid: (bid["score"], -bid["price"]))
        self.winner, self.price = best["bidder"]["id"], best["price"]
        self.begins = self.first_day()
        self.spend_a_year(best["bidder"])
        return "awarded"

    def first_day(self) -> float:
        months = self.selected() + self.stay("tender") + self.stay("evaluation")
        months += self.b["procurement"]["standstill_days"] / 30.4
        return float(months + self.stay("signed") + self.stay("mobilisation"))

    def reaches(self, x: Case) -> bool:
        near = x["area"] == self.buyer["area"]
        return bool(near or x["reach"] == "nation" or (x["reach"] == "region" and x["region"] == self.buyer["region"]))

    def true_cost(self, x: Case) -> float:
        distance = 1.0
        if x["area"] != self.buyer["area"]:
            distance += self.b["near_uplift"] if x["region"] == self.buyer["region"] else self.b["far_uplift"]
        z = normal(self.seed, LOCAL_FIT, self.bidder_key(x), self.item)
        return float(self.reference * x["unit_cost"] * mean_one(self.b["local_fit_sigma"], z) * distance * self.worth())

    def worth(self) -> float:
        p = self.b["life"]
        most, first, rho, years = p["investment_most"], p["investment_first_return"], p["investment_charge"], self.years
        a = (1.0 - exp(-rho * years)) / rho if rho else years
        if a * first <= 1.0:
            return 1.0
        return float(1.0 - most * (1.0 - 1.0 / (a * first)) + most / (first * a) * log(a * first))

    def bidder_key(self, x: Case) -> int:
        return key(x["kind"], x["id"])

    def sigma(self) -> float:
        s = self.b["estimate_sigma"] * (1.5 - self.buyer["data_quality"])
        s *= 2.0 ** (-self.levers["engagement_months"] / self.b["engagement_halving_months"])
        return float(max(self.b["estimate_sigma_floor"], s))

    def estimate(self, x: Case) -> float:
        z = normal(self.seed, ESTIMATE, self.bidder_key(x), self.item, ROUND)
        return self.true_cost(x) * mean_one(self.sigma(), z)

    def writing(self, x: Case) -> int:
        w = (self.b["bid_cost_base_gbp"] * 100.0 + self.b["bid_cost_value_share"] * self.budget) * ROUTE_MULTIPLE
        return int(w * (1.5 - x["skill"]))

    def prospect(self, x: Case, r: int, b: float) -> Prospect:
        """Beliefs of a bidder that expects each of ``r`` rivals to bid with probability ``b``."""
        levers, beliefs = self.levers, self.b["beliefs"]
        omega = max(levers["weight_price"], 0.1)
        points = levers["weight_quality"] * self.judged(x, 0.0) + levers["weight_social_value"] * x["social_value"]
        points += levers["weight_integration"] * self.b["procurement"]["sole_provider_integration"]
        usual = (
            0.6 * levers["weight_quality"] + 0.3 * levers["weight_social_value"] + 0.6 * levers["weight_integration"]
        )
        ceiling, budget = self.believed_budget()
        expected = ceiling if budget is None else budget.mean
        unit = expected * exp((points - usual) / omega)
        offers = NormalDist(beliefs["offer_mean"], beliefs["offer_sd"])
        chances = [(1.0 - b * offers.cdf(y)) ** r for y in GRID]
        error = self.b["evaluation_noise"] * (1.0 - self.buyer["skill"]) * levers["weight_quality"] / omega
        if r and error:
            chances = with_error(chances, error)
        return Prospect(unit, chances, ceiling, budget)

    def believed_budget(self) -> tuple[float, NormalDist | None]:
        """The ceiling, and the distribution of the budget; None if all know it."""
        if self.levers["publish_budget"]:
            return float(self.budget), None
        beliefs = self.b["beliefs"]
        mean, sd = beliefs["budget_mean"] * self.reference, beliefs["budget_sd"] * self.reference
        return mean + 3.0 * sd, NormalDist(mean, sd) if sd else None

    def answers(self, x: Case) -> bool:
        if self.reference * (1.0 - self.b["staff_transfer"]) > x["capacity"]:
            return False
        cost = self.estimate(x)
        lowest = cost + self.staff * cost / self.years
        able = sum(self.reaches(y) for y in self.bidders)
        prospect = self.prospect(x, able - 1, self.b["initial_participation"])
        expected = prospect.ceiling if prospect.budget is None else prospect.budget.mean
        prices = (prospect.best(lowest), (lowest + expected) / 2.0)
        return max(prospect.surplus(p, lowest) for p in prices) * self.years > self.writing(x)

    def turnover(self, x: Case, month: float) -> int:
        latest = int(x["turnover"])
        accounts = 9.0 + 3.0 * uniform(self.seed, PHASE, self.bidder_key(x))
        while accounts <= month:
            latest = int(latest / 2.0)
            accounts += 12.0
        return latest

    def selected(self) -> float:
        return float(
            self.stay("appraisal") + self.levers["engagement_months"] + self.stay("notice") + self.stay("questionnaire")
        )

    def submitted(self, x: Case) -> float:
        p = self.b["procurement"]
        early, late = p["submission_earliest"], p["submission_latest"]
        u = uniform(self.seed, ATTENTION, self.bidder_key(x), self.item, -1 - ROUND)
        return float(self.selected() + self.stay("tender") * (early + (late - early) * u))

    def passes(self, x: Case) -> bool:
        if self.turnover(x, self.selected()) < self.levers["turnover_ratio"] * self.budget:
            return False
        share = self.levers["guarantee_share"]
        return bool(share <= 0.0 or x["reserves"] >= share * self.budget)

    def judged(self, x: Case, z: float) -> float:
        gloss = self.b["bid_writing_gloss"] * (x["skill"] - 0.5) + self.b["evaluation_noise"] * z
        return float(min(1.0, max(0.0, x["quality"] + (1.0 - self.buyer["skill"]) * gloss)))

    def quality(self, x: Case) -> float:
        return self.judged(x, normal(self.seed, EVALUATION, self.bidder_key(x), self.item, ROUND))

    def asks(self, x: Case, n: int) -> int | None:
        cost = self.estimate(x)
        variance = (cost * self.sigma()) ** 2 + (cost * self.pathway["case_cost_cv"]) ** 2 / 4.0
        variance += (cost * self.b["liability_cv"]) ** 2 + (cost * self.pathway["demand_cv"]) ** 2 / 4.0
        aversion = x["relative_risk_aversion"] / max(x["reserves"], self.turnover(x, self.submitted(x)) / 24.0, 1.0)
        least = cost + aversion / 2.0 * variance + self.staff * cost / self.years
        writing = self.writing(x)
        prospect = self.prospect(x, n - 1, self.b["beliefs"]["turnout"])
        price = prospect.best(least)
        writing = self.writing(x)
        if prospect.surplus(price, least) * self.years - writing < -1e-6 * self.reference:
            return None
        self.spent.setdefault(x["id"], writing)
        return round(price)

    def score(self, bid: Case, lowest: int) -> float:
        levers = self.levers
        x = bid["bidder"]
        points = levers["weight_price"] * lowest / bid["price"] + levers["weight_quality"] * self.quality(x)
        points += levers["weight_social_value"] * x["social_value"]
        return float(points + levers["weight_integration"] * self.b["procurement"]["sole_provider_integration"])

    # Delivery ---------------------------------------------------------------------------------------------

    def spend_a_year(self, x: Case) -> None:
        cost = self.true_cost(x)
        self.transfer = int(self.staff * cost)
        self.care: list[int] = []
        self.paid: list[tuple[float, int]] = []
        fixed = x["fixed_share"] * cost / 4.0
        for quarter in range(1, 5):
            month = self.begins + 3.0 * quarter
            number = int((month - 1e-9) // 3.0)
            growth = 1.0 + self.b["population_growth"]
            people = growth ** (month / 12.0) / growth ** (self.begins / 12.0)
            demand = people * mean_one(self.pathway["demand_cv"], normal(self.seed, DEMAND, self.need, 0, number))
            case = mean_one(self.pathway["case_cost_cv"], normal(self.seed, CASE_COST, self.item, 0, number))
            self.care.append(int(fixed + (cost / 4.0 - fixed) * demand * case))
            self.paid.append((month + self.levers["payment_days"] / (365.25 / 12.0), int(self.price / 4.0)))
