"""Entries of the ODS registers from which a market is built."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from caremarket.market.validation import Strict


class RegisterCCG(Strict):
    """A commissioning group as read from the register."""

    code: str
    name: str
    region: str
    area: str


class RegisterTrust(Strict):
    """A trust as read from the register."""

    code: str
    name: str
    region: str
    area: str
    kind: Literal["acute_trust", "community_trust", "mental_health_trust"]


class RegisterPractice(Strict):
    """A practice as read from the register: its CCG and, if known, its list size."""

    code: str
    name: str
    ccg: str
    list_size: Annotated[int, Field(ge=0)] | None = None


class Registers(Strict):
    """The part of the ODS registers in scope, and the omitted entries with reasons."""

    ccgs: tuple[RegisterCCG, ...]
    trusts: tuple[RegisterTrust, ...]
    practices: tuple[RegisterPractice, ...]
    left_out: tuple[str, ...] = ()
