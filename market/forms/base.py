"""What distinguishes one contract form from another, as data the tender and the contract read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ContractForm:
    """A contract form.

    Attributes:
        name: name in configuration and tables.
        source: paragraph the form rests on.
        self_delivery_min: smallest share of a lot, by reference cost, the holder must deliver itself.
        self_delivery_max: largest share of a lot the holder may deliver itself.
        subcontracting: whether the holder may sub-contract.
        one_plan: whether one plan and purse spans the functions of a lot, so that working together can raise
            outcomes (M; S on relationships).
    """

    name: str
    source: str
    self_delivery_min: float
    self_delivery_max: float
    subcontracting: bool
    one_plan: bool
