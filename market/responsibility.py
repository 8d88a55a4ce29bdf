"""Commissioner responsible for each care function without joint buying (S, questions 4; P 1.3)."""

from __future__ import annotations

from caremarket.market.pathways import FUNCTIONS, CareFunction

CCG = "ccg"
LOCAL_AUTHORITY = "local_authority"
NHS_ENGLAND = "nhs_england"

_OTHERS: dict[CareFunction, str] = {
    "social": LOCAL_AUTHORITY,
    "voluntary": LOCAL_AUTHORITY,
    "primary": NHS_ENGLAND,
}

RESPONSIBLE: tuple[str, ...] = tuple(_OTHERS.get(function, CCG) for function in FUNCTIONS)
"""Function number -> the commissioner responsible for it: CCG, local authority, or NHS England."""
