"""Finds the variants of an institution: one module a variant, none named anywhere else."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pkgutil import iter_modules


def variants[T](package: str, path: Sequence[str], attribute: str, kind: type[T]) -> dict[str, T]:
    """Import every module of ``package`` that defines ``attribute`` and return them by their ``name``.

    Args:
        package: dotted name of the package.
        path: the package's ``__path__``.
        attribute: module attribute holding the variant, an instance of ``kind`` with a ``name``.
        kind: class every variant must be an instance of.

    Raises:
        TypeError: a module's variant is of another class, or two share a name.
    """
    found: dict[str, T] = {}
    for info in sorted(iter_modules(list(path)), key=lambda i: i.name):
        variant = getattr(import_module(f"{package}.{info.name}"), attribute, None)
        if variant is None:
            continue
        if not isinstance(variant, kind):
            raise TypeError(f"{package}.{info.name}.{attribute} is no {kind.__name__}")
        name = str(getattr(variant, "name", info.name))
        if name in found:
            raise TypeError(f"{package}: two variants are called {name!r}")
        found[name] = variant
    return found
