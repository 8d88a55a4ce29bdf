"""Kinds of provider. One module per kind; each defines ``PROVIDER_KIND``."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from caremarket.market.provider_kinds.base import ProviderKind, ProviderKindSpec
from caremarket.market.registry import Registry

PROVIDER_KINDS: Registry[ProviderKind] = Registry(
    __name__, __path__, "PROVIDER_KIND", ProviderKind, order=lambda kind: (kind.order, kind.name)
)
"""Every kind by name, in the order of lists and charts."""


def lasting_kinds() -> list[ProviderKind]:
    """Kinds that configuration can describe: all except those set up for one contract."""
    return [kind for kind in PROVIDER_KINDS.values() if not kind.one_contract]


def for_one_contract(name: str) -> bool:
    """True if an organisation of this kind is set up for one contract; False also if it is not a provider."""
    return name in PROVIDER_KINDS and PROVIDER_KINDS[name].one_contract


def _known(name: str) -> str:
    names = [kind.name for kind in lasting_kinds()]
    if name not in names:
        # The error type that pydantic gives for a literal choice: messages to users treat both in the same way.
        raise PydanticCustomError("literal_error", "{expected}", {"expected": ", ".join(names)})
    return name


ProviderKindName = Annotated[str, AfterValidator(_known)]
"""Name of a kind, checked against the registry."""

__all__ = [
    "PROVIDER_KINDS",
    "ProviderKind",
    "ProviderKindName",
    "ProviderKindSpec",
    "for_one_contract",
    "lasting_kinds",
]
