"""Exit of a provider: its contracts end, its part in others' contracts is reallocated, its account is wound up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caremarket.agents.contracts.alliance_board import new_host
from caremarket.agents.contracts.ending import end_after_holder_exit, replace_exited_supplier
from caremarket.agents.costs.contract_margin import holder_margin, margin_of
from caremarket.agents.entities.notices import ProviderLeft
from caremarket.agents.world.organisation import ExitReason
from caremarket.agents.world.reasons import Why
from caremarket.market.ledger import WORLD, Reason

if TYPE_CHECKING:
    from caremarket.agents.entities.contract import ContractInForce
    from caremarket.agents.entities.provider import Provider


def leave(provider: Provider, reason: ExitReason) -> None:
    """Take a provider out of the market, in the order of the module's docstring."""
    model = provider.model
    now = model.time
    provider.alive = False
    provider.exited_at = now
    provider.exit_reason = reason
    _log_exit(provider, reason)
    model.withdraw_from_index(provider)
    for in_force in list(provider.holdings.values()):
        replace_host_or_end(in_force, reason)
    for in_force in list(provider.supplies.values()):
        replace_exited_supplier(in_force, provider)
    provider.before_winding_up(now)
    balance = provider.reserves
    if balance < 0:
        model.ledger.post(now, WORLD, provider.account, -balance, Reason.CREDITORS)
    else:
        model.ledger.post(now, provider.account, WORLD, balance, Reason.RETURNED_EQUITY)
    model.tell(ProviderLeft(provider))


def replace_host_or_end(in_force: ContractInForce, reason: ExitReason) -> None:
    """Replace the host of an alliance that has left; any other contract, or one without a new host, ends."""
    if not (in_force.contract.form.joint_holding and new_host(in_force)):
        end_after_holder_exit(in_force, reason)


def _log_exit(provider: Provider, reason: ExitReason) -> None:
    """Log the reason for an exit, by the provider's accounts before they are wound up."""
    model = provider.model
    if not model.records_events:
        return
    why, contract = Why(reason.name.lower()), -1
    if reason is ExitReason.INSOLVENT:
        why, contract = why_insolvent(provider)
    model.log("exit", provider.index, why.other, contract=contract, detail=why.code, amount=provider.reserves)


def why_insolvent(provider: Provider) -> tuple[Why, int]:
    """Reason for a provider's insolvency, and the contract with the largest loss if contracts are the reason, else -1.

    The reason is unpaid dues of leads if paying them would have kept it solvent. Otherwise it is the larger of two
    yearly costs: losses on its work, and the fixed cost of lost work.
    """
    owing = _owed_by_leads(provider)
    funds = provider.reserves + provider.receivable
    if owing and funds + sum(owing.values()) >= -provider.overdraft():
        return Why("insolvent_unpaid", other=max(owing, key=lambda i: (owing[i], -i))), -1
    margins = _margins(provider)
    losses = {number: margin for number, margin in margins.items() if margin < 0.0}
    stranded = provider.fixed_cost - provider.fixed_target
    if losses and -sum(losses.values()) >= stranded:
        return Why("insolvent_contracts"), min(losses, key=lambda n: (losses[n], n))
    return Why("insolvent_stranded" if stranded > 0.0 else "insolvent"), -1


def _owed_by_leads(provider: Provider) -> dict[int, int]:
    """Pence that leads were paid for a provider's work and have not passed on, by index of lead."""
    owing: dict[int, int] = {}
    for in_force in provider.party_to.values():
        for dues, _ in in_force.due:
            for sub, amount in dues:
                if sub.supplier == provider.index:
                    owing[in_force.holder.index] = owing.get(in_force.holder.index, 0) + amount
    return owing


def _margins(provider: Provider) -> dict[int, float]:
    """Margin of a provider on each contract under which it works, pence a year, by contract id."""
    found = {number: holder_margin(in_force)[0] for number, in_force in provider.holdings.items()}
    for number, in_force in provider.supplies.items():
        if number not in found:
            found[number] = sum([margin_of(in_force, a)[0] for a in in_force.allocations if a.deliverer is provider])
    return found
