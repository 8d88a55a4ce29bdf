"""Records the rows of a run's tables during the run, for requested tables only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from caremarket.agents.entities.general_practice.practice import Practice
from caremarket.agents.entities.provider import Provider
from caremarket.agents.records.arrow_rows import GrowingTable
from caremarket.agents.records.positions import flow_rows, position_rows
from caremarket.agents.records.tables import to_table
from caremarket.market.ledger import Reason
from caremarket.market.pathways import FUNCTIONS
from caremarket.market.procurement import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from caremarket.agents.entities.contract import ContractInForce
    from caremarket.agents.entities.market import Market
    from caremarket.agents.entities.notices import ContractBegun, ContractEnded, SubcontractEnded, TenderClosed
    from caremarket.agents.entities.tender import Tender
    from caremarket.market.contracts import SubContract
    from caremarket.market.pathways import ServiceItem

Row = tuple[Any, ...]


class Recorder:
    """Rows by table, for the tables that the scenario requests.

    Positions are recorded when the model reaches their months, which are not events: :meth:`next_position` returns the
    next month, and :meth:`note_positions` records it.
    """

    def __init__(self, model: Market) -> None:
        self._model = model
        self.spec = model.scenario_data.record
        self.events: list[Row] = []
        self.yearly: list[Row] = []
        self._procurements: list[Row] = []
        self._bids: list[Row] = []
        self._contracts: list[Row] = []
        self._subcontracts: list[Row] = []
        # Number of items, pathways, functions and price of a contract as signed: it loses items that move to others.
        self._signed: dict[int, tuple[int, str, str, int]] = {}
        self._positions: list[Row] = []
        self._flows: list[Row] = []
        self._noted = -1.0
        self._growing: dict[str, GrowingTable] = {}

    # Events ---------------------------------------------------------------------------------------------

    def tender_closed(self, notice: TenderClosed) -> None:
        """Record a procurement that ended, and its bids."""
        tender, outcome = notice
        now = self._model.time
        procurement = tender.procurement
        awarded = outcome == "awarded"
        if self.spec.procurements:
            self._procurements.append(self._procurement_row(tender, outcome, now))
        if self.spec.bids:
            for bid in procurement.bids:
                self._bids.append(
                    (
                        procurement.id,
                        bid.bidder,
                        bid.price,
                        bid.cost_estimate,
                        bid.markup,
                        bid.risk_premium,
                        bid.believed_rivals,
                        bid.believed_chance,
                        bid.believed_affordable,
                        bid.quality,
                        bid.social_value,
                        bid.integration,
                        bid.score,
                        bid.compliant,
                        awarded and (bid.bidder == procurement.winner or tender.form.patients_choose),
                    )
                )

    def contract_begun(self, notice: ContractBegun) -> None:
        """Note the items and price of a contract at its start."""
        in_force = notice.in_force
        if self.spec.contracts:
            items = in_force.contract.items
            self._signed[in_force.contract.id] = (len(items), *self._covered(items), in_force.contract.price)

    def contract_ended(self, notice: ContractEnded) -> None:
        """Record a contract that ended."""
        self.contract(notice.in_force)

    def subcontract_ended(self, notice: SubcontractEnded) -> None:
        """Record a sub-contract that ended."""
        self.subcontract(notice.sub)

    def contract(self, in_force: ContractInForce) -> None:
        """Record a contract at its end or at the horizon."""
        if not self.spec.contracts:
            return
        self._contracts.append(self._contract_row(in_force))
        del self._signed[in_force.contract.id]

    def subcontract(self, sub: SubContract) -> None:
        """Record a sub-contract at its end or at the horizon."""
        if self.spec.subcontracts:
            self._subcontracts.append(_subcontract_row(sub))

    # Positions ------------------------------------------------------------------------------------------

    def next_position(self) -> float | None:
        """Month in which positions are recorded next; None if they are not requested."""
        every = self.spec.positions_months
        if not every:
            return None
        return 0.0 if self._noted < 0.0 else float((int(self._noted / every) + 1) * every)

    def note_positions(self, month: float) -> None:
        """Record positions and flows, unless already recorded for this month or not requested."""
        if self.spec.positions_months and self._noted != month:
            self._positions += position_rows(self._model, month)
            self._flows += flow_rows(self._model, month)
            self._noted = month

    # Tables ---------------------------------------------------------------------------------------------

    def tables(self) -> dict[str, pa.Table]:
        """Recorded tables; call once, at the horizon."""
        by_number = ("contracts", "subcontracts")
        found = {
            name: to_table(name, sorted(rows) if name in by_number else rows) for name, rows in self._kept().items()
        }
        if self.spec.organisations:
            found["organisations"] = to_table("organisations", self._organisations())
        if self.spec.postings:
            found["postings"] = to_table("postings", self._postings())
        return found

    def tables_now(self) -> dict[str, pa.Table]:
        """Recorded tables in mid-run; reading them leaves the run unchanged.

        They include running contracts, sub-contracts and procurements, with an end of -1, and the positions at this
        moment, even if not yet recorded. Final rows are converted to Arrow once, so that a page can ask a few times a
        second.
        """
        found = {}
        for name, rows in self._kept().items():
            if name not in self._growing:
                self._growing[name] = GrowingTable(name, rows)
            found[name] = self._growing[name].table(self._running(name))
        for name in ("contracts", "subcontracts"):
            if name in found:
                found[name] = found[name].sort_by("id")
        if self.spec.organisations:
            found["organisations"] = to_table("organisations", self._organisations())
        if self.spec.postings:
            found["postings"] = to_table("postings", self._postings())
        return found

    def _kept(self) -> dict[str, list[Row]]:
        """Growing lists of rows of the requested tables, by table."""
        spec = self.spec
        noted = spec.positions_months > 0
        wanted = {
            "yearly": (spec.yearly, self.yearly),
            "events": (spec.events, self.events),
            "procurements": (spec.procurements, self._procurements),
            "bids": (spec.bids, self._bids),
            "contracts": (spec.contracts, self._contracts),
            "subcontracts": (spec.subcontracts, self._subcontracts),
            "positions": (noted, self._positions),
            "flows": (noted, self._flows),
        }
        return {name: rows for name, (kept, rows) in wanted.items() if kept}

    def _running(self, name: str) -> list[Row]:
        """Rows of a table that may still change, such as contracts in force."""
        model = self._model
        contracts = model.contracts.values()
        if name == "procurements":
            return [self._procurement_row(tender, "under_way", -1.0) for tender in model.processes.values()]
        if name == "contracts":
            return [self._contract_row(in_force) for in_force in contracts]
        if name == "subcontracts":
            return [_subcontract_row(s) for in_force in contracts for s in in_force.contract.subcontracts if s.end < 0]
        if name in ("positions", "flows") and self._noted != model.time:
            return (position_rows if name == "positions" else flow_rows)(model, model.time)
        return []

    def _covered(self, items: Sequence[ServiceItem]) -> tuple[str, str]:
        """Names of the items' pathways, and names of their functions, each joined by +."""
        pathways = self._model.pathways
        return (
            "+".join(dict.fromkeys(pathways[i.pathway].name for i in items)),
            "+".join(dict.fromkeys(FUNCTIONS[i.function] for i in items)),
        )

    def _procurement_row(self, tender: Tender, outcome: str, closed: float) -> Row:
        procurement = tender.procurement
        lot = procurement.lot
        awarded = outcome == "awarded"
        return (
            procurement.id,
            lot.commissioner,
            *self._covered(lot.items),
            lot.round,
            procurement.attempt,
            procurement.route.name,
            tender.form.name,
            procurement.opened,
            next((month for month, state in procurement.history if state is State.SIGNED), -1.0),
            closed,
            outcome,
            tender.able,
            len(tender.applicants),
            tender.qualified,
            len(procurement.bids),
            procurement.winner if awarded else -1,
            procurement.price if awarded else 0,
            lot.budget,
            lot.reference_cost,
        )

    def _contract_row(self, in_force: ContractInForce) -> Row:
        contract = in_force.contract
        items, pathways, functions, price = self._signed[contract.id]
        return (
            contract.id,
            contract.procurement,
            contract.commissioner,
            contract.holder,
            contract.form.name,
            contract.payment.name,
            items,
            pathways,
            functions,
            price,
            contract.start,
            contract.end,
            contract.ended,
            contract.end_reason.name.lower(),
            contract.round,
            contract.outcome,
        )

    def _postings(self) -> list[Row]:
        ledger = self._model.ledger
        names = ledger.names
        reasons = [r.name.lower() for r in Reason]
        return [
            (time, names[payer], names[payee], contract, reasons[reason], amount)
            for time, payer, payee, contract, reason, amount in ledger.journal or ()
        ]

    def _organisations(self) -> list[Row]:
        rows: list[Row] = []
        for o in self._model.organisations:
            provider = o if isinstance(o, Provider) else None
            federation = -1
            if isinstance(o, Practice) and o.federation is not None:
                federation = o.federation.index
            rows.append(
                (
                    o.index,
                    o.id,
                    o.name,
                    o.kind,
                    o.area,
                    o.region,
                    provider.sme if provider else False,
                    provider.third_sector if provider else False,
                    o.entered_at,
                    o.exited_at,
                    o.exit_reason.name.lower(),
                    federation,
                    o.reserves,
                    provider.turnover if provider else 0,
                    provider.market_income if provider else 0,
                    provider.market_cost if provider else 0,
                )
            )
        return rows


def _subcontract_row(sub: SubContract) -> Row:
    return (
        sub.id,
        sub.head,
        sub.supplier,
        sub.price,
        sub.promised,
        sub.share,
        sub.flow_down,
        sub.guarantee,
        sub.start,
        sub.end,
        sub.end_reason.name.lower(),
        sub.promised_value,
        sub.delivered_value,
    )
