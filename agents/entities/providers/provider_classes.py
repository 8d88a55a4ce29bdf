"""The Python class of a kind of provider, found by the name that its record gives."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from caremarket.agents.entities.provider import Provider
from caremarket.market.errors import ConfigurationError
from caremarket.market.provider_kinds import PROVIDER_KINDS

if TYPE_CHECKING:
    from caremarket.agents.world.blueprint import ProviderSeed

KEY = "python_class of a provider kind"


def provider_class(python_class: str) -> type[Provider]:
    """The class named as ``module:name``.

    Raises:
        ConfigurationError: there is no such module or class, or it is no :class:`Provider`.
    """
    module, _, name = python_class.partition(":")
    try:
        found = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigurationError(KEY, f"{python_class!r} is not there ({error}); allowed: module:name") from error
    if not (isinstance(found, type) and issubclass(found, Provider)):
        raise ConfigurationError(KEY, f"{python_class!r} is no subclass of {Provider.__module__}.Provider")
    return found


def class_for(seed: ProviderSeed) -> type[Provider]:
    """The class of the provider that a seed describes."""
    return provider_class(PROVIDER_KINDS[seed.kind].python_class)
