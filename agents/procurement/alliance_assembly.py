"""Assembly of an alliance: a convener proposes members, and all members and the commissioner must agree.

An alliance is assembled rather than led (M; P 4.4, 4.15). Books are open: the price is expected cost with the members'
usual margins, and each member's part of the price is its part of expected cost. The surplus or deficit of a year is
shared in those proportions, but no member bears more than the share that is best for it; members that can bear more
take on the rest.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, NamedTuple

from caremarket.agents.bidding.bid_value import bid_cost
from caremarket.agents.bidding.capacity_check import room_for_all
from caremarket.agents.bidding.subcontract_offers import candidates
from caremarket.agents.bidding.supply_plan import delivery_variance, new_plan
from caremarket.agents.bidding.work_share import seat_for
from caremarket.agents.contracts.coordination import mean_trust
from caremarket.agents.costs.criteria import award_points_gained
from caremarket.agents.costs.management import management_cost
from caremarket.agents.costs.staff_transfer import foreseen_transfer
from caremarket.agents.entities.plan import Part
from caremarket.agents.entities.submission import Submission
from caremarket.agents.world.reasons import Why
from caremarket.market.ledger import WORLD, Reason
from caremarket.market.procurement import Bid
from caremarket.market.risk import bearable_shares, risk_premium

if TYPE_CHECKING:
    from caremarket.agents.entities.consortium import Seat
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.provider import Provider
    from caremarket.agents.entities.tender import Tender
    from caremarket.agents.world.organisation import Organisation
    from caremarket.market.pathways import ServiceItem


def trusted(model: Market, members: list[Organisation], other: Organisation) -> bool:
    """True if every present member trusts ``other`` enough to share surplus and deficit with it (M)."""
    if not model.scenario_data.mechanisms.trust_threshold:
        return True
    least = model.scenario_data.behaviour.collaboration.alliance_trust
    now = model.time
    return all(m is other or model.trust.between(m.key, other.key, now) >= least for m in members)


def _why_distrusted(model: Market, members: list[Organisation], other: Organisation) -> Why:
    """First of ``members`` that does not trust ``other`` enough; commissioner and convener are checked first."""
    doubter = next(n for n, m in enumerate(members) if not trusted(model, [m], other))
    who = ("commissioner_distrusts", "convener_distrusts", "member_distrusts")[min(doubter, 2)]
    return Why(who, other=other.index)


def _find_seats(model: Market, convener: Provider, tender: Tender) -> list[Seat] | Why:
    """Propose members for each function, the costliest first: present providers, then by the convener's rule.

    Without unanimity the convener chooses as a lead does, itself first. Returns the reason if some function has no
    able provider that all members trust.
    """
    commissioner = tender.commissioner
    if not trusted(model, [commissioner], convener):
        return Why("commissioner_distrusts", other=convener.index)
    members: list[Organisation] = [commissioner, convener]
    by_function: dict[int, list[ServiceItem]] = {}
    for item in tender.procurement.lot.items:
        by_function.setdefault(item.function, []).append(item)
    behaviour = model.scenario_data.behaviour
    asked = behaviour.procurement.search_rounds * behaviour.subcontract_candidates
    seats: list[Seat] = []
    order = sorted(by_function, key=lambda f: (-sum(i.reference_cost for i in by_function[f]), f))
    for function in order:
        items = by_function[function]
        others = [p for p in model.able_to(tender.procurement.lot, function) if p is not convener]
        known = candidates(model, convener, function, tender, others)
        if convener.unit_cost[function] > 0.0:
            known.insert(0, convener)
        if model.scenario_data.mechanisms.unanimity:
            # Present providers take part in the decision and can refuse.
            here = {d.index for i in items for n in i.contracts for d, _ in model.contracts[n].deliverers(i)}
            known.sort(key=lambda p: p.index not in here)
        able = [p for p in known if room_for_all(tender, p, items)]
        found = next((p for p in able[:asked] if trusted(model, members, p)), None)
        if found is None:
            return _why_distrusted(model, members, able[0]) if able else Why("nobody_able")
        if found not in members:
            members.append(found)
        seat = seat_for(model, found, items, 1.0, tender)
        seats.append(seat)
        if not found.sme:
            small = _small_member(model, seat, known, members, tender)
            if small is not None:
                seat.shrink(1.0 - small.share)
                seats.append(small)
                if small.member not in members:
                    members.append(small.member)
    return seats


def _small_member(
    model: Market, main: Seat, known: list[Provider], members: list[Organisation], tender: Tender
) -> Seat | None:
    """Small provider whose social value and quality outweigh the extra cost of its part (P 1.11).

    The commissioner takes part in the decision and weighs points as in an award.
    """
    behaviour = model.scenario_data.behaviour
    share = behaviour.promise_share
    policy = tender.policy
    asked = behaviour.procurement.search_rounds * behaviour.subcontract_candidates
    small = [p for p in known if p.sme and p is not main.member and room_for_all(tender, p, main.items, share)]
    for other in small[:asked]:
        if share <= 0.0 or not trusted(model, members, other):
            continue
        seat = seat_for(model, other, main.items, share, tender)
        points = award_points_gained(policy, main.member, other)
        dearer = seat.cost / (main.cost * share) - 1.0 if main.cost else 0.0
        if points > policy.weight_price * dearer:
            return seat
    return None


def _transfer(model: Market, seat: Seat, tender: Tender) -> float:
    """One-off cost in pence that a member expects for staff that transfer to it (P 3.19)."""
    member = seat.member
    reference = seat.share * sum([i.reference_cost for i in seat.items])
    held = sum(model.contracts[n].share_of(member, i) * i.reference_cost for i in seat.items for n in i.contracts)
    return foreseen_transfer(model, member, seat.cost, reference, held)


class _Books(NamedTuple):
    """Open books of an alliance. Money in pence a year, variance in pence squared.

    Attributes:
        members: members by index of organisation.
        value: cost of each member's work, by index; ``cost`` their sum.
        weights: each member's part of ``cost``, by index, in [0, 1].
        host: the member with the costliest work, which signs for all.
        management: cost of managing the alliance and of reporting.
        transfer: cost of taking over staff.
        variance: variance of the net cash flow of all members together.
        margin: usual margin of the members, weighted by their work.
    """

    members: dict[int, Provider]
    value: dict[int, float]
    cost: float
    weights: dict[int, float]
    host: Provider
    management: float
    transfer: float
    variance: float
    margin: float


def _open_books(model: Market, tender: Tender, seats: list[Seat]) -> _Books | None:
    """Books of the members with these seats; None if their work costs nothing."""
    policy = tender.policy
    value: dict[int, float] = {}
    members: dict[int, Provider] = {}
    for seat in seats:
        value[seat.member.index] = value.get(seat.member.index, 0.0) + seat.cost
        members[seat.member.index] = seat.member
    cost = sum(value.values())
    if cost <= 0.0:
        return None
    host = members[max(value, key=lambda i: (value[i], -i))]
    management = management_cost(model, policy, host, len(value) - 1, cost - value[host.index])
    management += sum(s.reporting for s in seats)
    budget = tender.procurement.lot.budget
    variance = sum(delivery_variance(model, policy, s.works, budget * s.cost / cost) for s in seats)
    transfer = sum(_transfer(model, s, tender) for s in seats) / policy.duration_years
    weights = {i: v / cost for i, v in value.items()}
    margin = sum(weights[i] * members[i].markup for i in sorted(weights))
    return _Books(members, value, cost, weights, host, management, transfer, variance, margin)


def assemble(model: Market, convener: Provider, tender: Tender) -> Submission | Why:
    """Assemble and price an alliance; returns the reason if a member's certainty equivalent is not positive."""
    seats = _find_seats(model, convener, tender)
    if isinstance(seats, Why):
        return seats
    books = _open_books(model, tender, seats)
    if books is None:
        return Why("no_work")
    policy = tender.policy
    years = policy.duration_years
    weights, cost, management, transfer = books.weights, books.cost, books.management, books.transfer
    earned = 1.0 - policy.outcome_share * (1.0 - model.expected_achievement)
    kept = 1.0 - policy.gain_share
    aversion = {i: books.members[i].risk_aversion() for i in sorted(weights)}
    premiums = {i: risk_premium(a, (kept * weights[i]) ** 2 * books.variance) for i, a in aversion.items()}
    writing = bid_cost(books.host, tender)
    asked = (cost * (1.0 + books.margin) + management + transfer + writing / years + sum(premiums.values())) / earned
    # The commissioner is a party and states its budget.
    price = min(asked, float(tender.procurement.lot.budget))
    surplus = price * earned - cost - management - transfer
    # Expected gain of the members together, and the share of its risk that is best for each.
    gain = kept * surplus - writing / years
    exposed = kept * kept * books.variance
    best = {i: max(0.0, gain) / (a * exposed) if a * exposed > 0.0 else inf for i, a in aversion.items()}
    shares = bearable_shares(weights, best) if gain > 0.0 else None
    if shares is None:
        # Name the member that would bear the smallest fraction of its part.
        index = min(aversion, key=lambda i: (best[i] / weights[i], i))
        return Why("member_would_lose", round(premiums[index] - weights[index] * gain), index)
    for index, weight in sorted(weights.items()):
        model.ledger.post(model.time, books.members[index].account, WORLD, int(writing * weight), Reason.BID_COST)
        books.members[index].market_cost += int(writing * weight)
    premium = sum(risk_premium(a, shares[i] ** 2 * exposed) for i, a in aversion.items())
    return _submission(model, tender, seats, books, shares, price, premium)


def _submission(
    model: Market,
    tender: Tender,
    seats: list[Seat],
    books: _Books,
    shares: dict[int, float],
    price: float,
    premium: float,
) -> Submission:
    """Plan and bid of an alliance.

    Args:
        model: the market.
        tender: the tender.
        seats: work of the members.
        books: its open books.
        shares: share of the surplus or deficit that each member bears, by index, in [0, 1].
        price: pence a year.
        premium: risk premiums of the members, pence a year.
    """
    host, cost = books.host, books.cost
    plan = new_plan(model, tender.policy)
    plan.own_cost, plan.quotes = books.value[host.index], cost - books.value[host.index]
    plan.management = books.management
    plan.variance = books.variance
    plan.bearing = {i: share / books.weights[i] for i, share in shares.items()}
    plan.expected_achievement = model.expected_achievement
    for seat in seats:
        part = 0.0 if seat.member is host else price * seat.cost / cost / seat.share
        plan.parts.append(Part(seat.member, seat.items, seat.share, part, named=seat.share < 1.0))
        weight = seat.share * sum(i.reference_cost for i in seat.items) / tender.procurement.lot.reference_cost
        plan.quality += weight * seat.member.quality
        plan.social_value += weight * seat.member.social_value
    plan.integration = mean_trust(model, [*books.members.values(), tender.commissioner])
    response = Submission(model, tender, host)
    response.plan = plan
    response.bid = Bid(
        bidder=host.index,
        price=max(1, round(price)),
        cost_estimate=round(cost + books.management),
        quality=plan.quality,
        social_value=plan.social_value,
        integration=plan.integration,
        markup=books.margin,
        risk_premium=round(premium),
        believed_rivals=tender.expected_bidders - 1.0,
        believed_chance=1.0,
        believed_affordable=tender.procurement.lot.budget,
    )
    return response
