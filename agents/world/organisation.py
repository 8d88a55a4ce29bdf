"""Organisations: location, account, stable key for random draws, and exit."""

from __future__ import annotations

from enum import IntEnum
from typing import Protocol

import mesa

from caremarket.agents.world.market import World
from caremarket.market.randomness import entity_key


class Register(World, Protocol):
    """A world that gives organisations their numbers."""

    def enrol(self, organisation: Organisation) -> int:
        """Give an organisation its number."""
        ...


class ExitReason(IntEnum):
    """Reason why an organisation left the market."""

    NONE = 0
    INSOLVENT = 1
    WITHDREW = 2
    DISSOLVED = 3
    MERGED = 4


class Organisation(mesa.Agent):
    """An organisation with an account in the ledger.

    Attributes:
        index: position in ``model.organisations``, the number by which tables name it.
        key: stable 64-bit key of its random draws: depends on kind and id alone.
        account: its account in the ledger; reserves are that account's balance in pence.
        alive: False once it has left; it must not act again.
    """

    model: World

    def __init__(self, model: Register, *, id: str, name: str, kind: str, area: str, region: str) -> None:
        super().__init__(model)
        self.id = id
        self.name = name
        self.kind = kind
        self.area = area
        self.region = region
        self.key = entity_key(kind, id)
        self.account = model.ledger.open_account(id)
        self.index = model.enrol(self)
        self.alive = True
        self.entered_at = model.time
        self.exited_at = -1.0
        self.exit_reason = ExitReason.NONE

    @property
    def reserves(self) -> int:
        """Pence in its account; below zero is an overdraft."""
        return self.model.ledger.balances[self.account]
