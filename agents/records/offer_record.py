"""Public record of offers in tenders, and the beliefs about rivals that follow from it."""

from __future__ import annotations

from math import exp, sqrt
from typing import TYPE_CHECKING

from caremarket.agents.entities.contest import LEAST_PRICE_WEIGHT, Affordability, Contest, other_points
from caremarket.market.learned_mean import LearnedMean
from caremarket.market.offers import PastOffers, chance_to_beat, normal_distribution, with_error
from caremarket.market.payments import PAYMENTS

if TYPE_CHECKING:
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.notices import OfferAnswered, TenderEvaluated
    from caremarket.agents.entities.tender import Tender
    from caremarket.market.levers import PolicySpec
    from caremarket.market.offers import Distribution
    from caremarket.market.procurement import Bid

type Pool = tuple[int, bool]
"""Care function, and True for contracts with a lead."""


class _Levels:
    """Mean quality, social value and integration of offers, in [0, 1]; a recent offer has more weight.

    The values before any offer are assumptions; each offer takes ``turnout_memory`` from them.
    """

    __slots__ = ("integration", "quality", "social_value")

    def __init__(self) -> None:
        self.quality = 0.6
        self.social_value = 0.3
        self.integration = 0.6

    def points(self, policy: PolicySpec) -> float:
        return other_points(policy, self.quality, self.social_value, self.integration)

    def add(self, bid: Bid, memory: float) -> None:
        self.quality += memory * (bid.quality - self.quality)
        self.social_value += memory * (bid.social_value - self.social_value)
        self.integration += memory * (bid.integration - self.integration)


class OfferRecord:
    """Prices of past offers by function and form, in each area and everywhere, and shares of bidders that bid.

    A prior is corrected by all offers, then by those for the function, then by those for it in the area, each side with
    the weight of its offers (credibility: Buehlmann 1967). Offers of providers that hold the work are kept apart.
    """

    def __init__(self, model: Market) -> None:
        parameters = model.scenario_data.behaviour.beliefs
        self._model = model
        self._parameters = parameters
        self._prior = normal_distribution(parameters.offer_mean, parameters.offer_sd)
        self._holder_prior = normal_distribution(parameters.holder_offer_mean, parameters.offer_sd)
        # Offers by contracts with and without a lead, for all functions.
        self._all: dict[bool, PastOffers] = {}
        self._all_holders: dict[bool, PastOffers] = {}
        self._everywhere: dict[Pool, PastOffers] = {}
        self._in_area: dict[tuple[str, Pool], PastOffers] = {}
        self._holders: dict[Pool, PastOffers] = {}
        self._levels: dict[Pool, _Levels] = {}
        # Emptied when an offer for the function becomes public; acceptance, and offers for other functions, change it
        # too slowly to matter in between.
        self._supply: dict[tuple[str, int, int], list[float]] = {}
        # By number of other bidders invited; 0 stands for the time before invitations.
        self._turnout: dict[int, LearnedMean] = {}
        self._holder_turnout: dict[int, LearnedMean] = {}
        self._acceptance = self._learned(parameters.acceptance, parameters.acceptance_memory)
        # Budget over reference cost, as last published for each item.
        self._published: dict[int, float] = {}
        self._budgets: dict[tuple[Pool, bool], LearnedMean] = {}

    def _affordability(self, tender: Tender) -> Affordability:
        """Belief about the budget, pence a year: certain if it is published.

        Otherwise it starts from the budgets last published for the same items; without them, from the present price.
        The bidder asks at most three standard deviations above the mean.
        """
        if tender.budget_known:
            return Affordability(tender.price_ceiling, tender.price_ceiling, 0.0)
        basis, known = self._basis(tender)
        ratio = self._budget_ratio(_pool(tender), known)
        mean, spread = ratio.mean * basis, sqrt(ratio.variance) * basis
        return Affordability(mean, mean + 3.0 * spread, spread)

    def _learned(self, mean: float, memory: float, sd: float = 0.0) -> LearnedMean:
        return LearnedMean(mean, self._parameters.prior_offers, memory, sd * sd)

    def _basis(self, tender: Tender) -> tuple[float, bool]:
        """Price from which bidders start in estimating a budget, and whether budgets of all items are known."""
        published = self._published
        items = tender.procurement.lot.items
        if all(i.index in published for i in items):
            return sum([published[i.index] * i.reference_cost for i in items]), True
        return tender.present_price or tender.usual_price, False

    def _budget_ratio(self, pool: Pool, known: bool) -> LearnedMean:
        """Belief about a budget relative to the price from which bidders start."""
        found = self._budgets.get((pool, known))
        if found is None:
            parameters = self._parameters
            sd = parameters.budget_change_sd if known else parameters.budget_sd
            found = self._budgets[pool, known] = self._learned(parameters.budget_mean, parameters.budget_memory, sd)
        return found

    @property
    def acceptance(self) -> float:
        """Share of suppliers that are expected to accept a lead's offer, in [0, 1]."""
        return self._acceptance.mean

    def turnout(self, others: int) -> LearnedMean:
        """Share of ``others`` invited to the same tender that is expected to bid within the budget, in [0, 1]."""
        found = self._turnout.get(others)
        if found is None:
            found = self._turnout[others] = self._learned(self._parameters.turnout, self._parameters.turnout_memory)
        return found

    def holder_turnout(self, others: int) -> LearnedMean:
        """Chance that the holder of the work is one of ``others`` invited and bids; 0: before invitations."""
        found = self._holder_turnout.get(others)
        if found is None:
            parameters = self._parameters
            found = self._holder_turnout[others] = self._learned(parameters.holder_turnout, parameters.turnout_memory)
        return found

    def contest(self, tender: Tender) -> Contest:
        """Beliefs of the bidders of a tender about their rivals."""
        rivals, bids = self._rivals(tender)
        pool = _pool(tender)
        policy = tender.policy
        sharpness = max(policy.weight_price, LEAST_PRICE_WEIGHT)
        levels = self._levels.get(pool)
        if levels is None:
            levels = self._levels[pool] = _Levels()
        offers = self._distribution(pool, tender.commissioner.area)
        as_holder = among_all = chance_to_beat(offers, rivals, bids)
        if tender.holders and rivals > 0:
            holders = self._refined(self._holder_prior, self._all_holders.get(pool[1]), self._holders.get(pool))
            share = self.holder_turnout(rivals if tender.invited else 0).mean
            beside = chance_to_beat(offers, rivals - 1, bids)
            among_all = share * beside * (1.0 - holders) + (1.0 - share) * as_holder
        if rivals > 0:
            # The panel's error in judging the bidder's own quality is as good as an error in its effective price.
            error = self._model.scenario_data.behaviour.evaluation_noise * (1.0 - tender.commissioner.skill)
            error *= policy.weight_quality / sharpness
            if error:
                same = as_holder is among_all
                among_all = with_error(among_all, error)
                as_holder = among_all if same else with_error(as_holder, error)
        return Contest(
            rivals * bids,
            among_all.tolist(),
            as_holder.tolist(),
            self._affordability(tender),
            levels.points(policy),
            sharpness,
        )

    def _rivals(self, tender: Tender) -> tuple[int, float]:
        """Number of possible rivals, and the share of them that is expected to bid."""
        if not tender.on_market:
            return 0, 0.0
        if tender.invited:
            return tender.invited - 1, self.turnout(tender.invited - 1).mean
        return max(0, tender.able - 1), self._model.beliefs.habit(tender.procurement.lot.items[0])

    def _distribution(self, pool: Pool, area: str) -> Distribution:
        offers = self._refined(self._prior, self._all.get(pool[1]), self._everywhere.get(pool))
        here = self._in_area.get((area, pool))
        return offers if here is None else here.blended(offers, self._parameters.area_offers)

    def _refined(self, prior: Distribution, *records: PastOffers | None) -> Distribution:
        """Distribution that starts from ``prior`` and is corrected by each record in turn, from the widest on."""
        for record in records:
            if record is not None:
                prior = record.blended(prior, self._parameters.prior_offers)
        return prior

    def tender_evaluated(self, notice: TenderEvaluated) -> None:
        """Add the offers of a tender to the record."""
        tender = notice.tender
        procurement = tender.procurement
        parameters = self._parameters
        # Bids above the budget cannot win, so that nobody has to beat them.
        bids = [bid for bid in procurement.bids if bid.compliant]
        if tender.invited:
            self._note_turnout(tender, bids)
        budget = procurement.lot.budget
        if not budget or PAYMENTS[tender.policy.payment].commissioner_sets_price or tender.form.patients_choose:
            # Where the commissioner sets the price, offers tell nothing of rivals' prices.
            return
        pool, area = _pool(tender), tender.commissioner.area
        self._note_budget(tender, pool)
        policy = tender.policy
        sharpness = max(policy.weight_price, LEAST_PRICE_WEIGHT)
        levels = self._levels.setdefault(pool, _Levels())
        usual = levels.points(policy)
        offers: list[tuple[float, float]] = []
        held: list[tuple[float, float]] = []
        for bid in bids:
            points = other_points(policy, bid.quality, bid.social_value, bid.integration)
            effective = bid.price / budget * exp(-(points - usual) / sharpness)
            (held if bid.bidder in tender.holders else offers).append((effective, 1.0))
            levels.add(bid, parameters.turnout_memory)
        if held and tender.invited != 1:
            self._past(self._all_holders, pool[1]).add(held)
            self._past(self._holders, pool).add(held)
        # A price asked without competition says nothing of prices in a contest.
        if offers and tender.invited != 1:
            self._past(self._all, pool[1]).add(offers)
            self._past(self._everywhere, pool).add(offers)
            self._past(self._in_area, (area, pool)).add(offers)
            if not pool[1]:
                self._supply = {k: v for k, v in self._supply.items() if k[1] != pool[0]}

    def _note_turnout(self, tender: Tender, bids: list[Bid]) -> None:
        """Update the share of invited bidders that bid, as each expects it of the others, without its own bid."""
        asked = tender.invited - 1
        came = len(bids)
        if tender.holders:
            held = float(any(bid.bidder in tender.holders for bid in bids))
            self.holder_turnout(0).add(held)
            if asked and came > held:
                self.holder_turnout(asked).add(held)
        if asked:
            self.turnout(asked).add(max(0, came - 1) / asked)

    def _note_budget(self, tender: Tender, pool: Pool) -> None:
        """Update beliefs about budgets: the estimated value of a contract is published with its result."""
        basis, known = self._basis(tender)
        lot = tender.procurement.lot
        # A second attempt repeats the budget of the first, or one that bidders were told.
        if basis > 0.0 and tender.procurement.attempt == 1:
            self._budget_ratio(pool, known).add(lot.budget / basis)
        for item in lot.items:
            self._published[item.index] = lot.budget / lot.reference_cost

    def supply_contest(self, area: str, function: int, rivals: int) -> list[float]:
        """Chance, at each point of the grid, to ask less than rivals that could supply a function to the same lead.

        The prices of rivals are believed to be those of offers for the function alone. A rival that refuses is none.
        """
        key = (area, function, rivals)
        found = self._supply.get(key)
        if found is None:
            found = chance_to_beat(self._distribution((function, False), area), rivals, self._acceptance.mean).tolist()
            self._supply[key] = found
        return found

    def _past[K](self, pools: dict[K, PastOffers], key: K) -> PastOffers:
        found = pools.get(key)
        if found is None:
            found = pools[key] = PastOffers(self._parameters.offer_memory, self._parameters.offer_kernel)
        return found

    def offer_answered(self, notice: OfferAnswered) -> None:
        """Update the share of suppliers that accept a lead's offer."""
        self._acceptance.add(float(notice.accepted))


def _pool(tender: Tender) -> Pool:
    return tender.procurement.lot.items[0].function, tender.form.subcontracting
