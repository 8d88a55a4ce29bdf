"""Registries: the variants of an institution by name. Each has one module and is not named elsewhere in the code.

A package declares its registry once, with the attribute that its modules define and the class of its variants. A
user's own module defines the same attribute to add a variant (:mod:`caremarket.experiments.extensions`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

REGISTRIES: list[Registry[Any]] = []
"""Every registry that extensions may add to, in the order in which they were declared."""


class Registry[T](dict[str, T]):
    """Variants by name: those of a package's modules, then those added temporarily by extensions.

    Args:
        package: dotted name of the package.
        path: the package's ``__path__``.
        attribute: module attribute that holds a variant, or a list or tuple of variants.
        kind: class every variant is an instance of; it has a ``name``.
        reserved: names that a variant cannot have, because they have another meaning in configuration.
        order: sort key of variants; None: by module, and variants of extensions last.

    Raises:
        TypeError: a module's variant is of another class, or two share a name.
    """

    def __init__(
        self,
        package: str,
        path: Sequence[str],
        attribute: str,
        kind: type[T],
        *,
        reserved: Collection[str] = (),
        order: Callable[[T], tuple[Any, ...]] | None = None,
    ) -> None:
        super().__init__(variants(package, path, attribute, kind))
        self.attribute = attribute
        self.kind = kind
        self._reserved = frozenset(reserved)
        self._own = frozenset(self)
        self._order = order
        self._sort()
        REGISTRIES.append(self)

    def add(self, name: str, variant: T) -> None:
        """Add a variant of an extension.

        Raises:
            ValueError: the name is already in use.
        """
        if name in self or name in self._reserved:
            raise ValueError(f"{name!r} is taken; taken are: {', '.join(sorted({*self, *self._reserved}))}")
        self[name] = variant
        self._sort()

    def _sort(self) -> None:
        if self._order is not None:
            order = self._order
            ordered = sorted(self.items(), key=lambda entry: order(entry[1]))
            self.clear()
            self.update(ordered)

    def withdraw(self) -> None:
        """Remove all variants added by extensions."""
        for name in [name for name in self if name not in self._own]:
            del self[name]


def variants[T](package: str, path: Sequence[str], attribute: str, kind: type[T]) -> dict[str, T]:
    """Import every module of ``package`` that defines ``attribute`` and return the variants by name.

    Args:
        package: dotted name of the package.
        path: the package's ``__path__``.
        attribute: module attribute that holds a variant, or a list or tuple of variants.
        kind: class every variant is an instance of.

    Raises:
        TypeError: a module's variant is of another class, or two share a name.
    """
    found: dict[str, T] = {}
    for info in sorted(iter_modules(list(path)), key=lambda i: i.name):
        module = import_module(f"{package}.{info.name}")
        for name, variant in defined(module, attribute):
            if not isinstance(variant, kind):
                raise TypeError(f"{module.__name__}.{attribute} is no {kind.__name__}")
            if name in found:
                raise TypeError(f"{package}: two variants are called {name!r}")
            found[name] = variant
    return found


def defined(module: ModuleType, attribute: str) -> Iterable[tuple[str, Any]]:
    """Variants that a module defines under ``attribute`` (one, or a list or tuple), by name; empty if none.

    A variant without a ``name`` takes its module's name.
    """
    value = getattr(module, attribute, None)
    if value is None:
        return ()
    several = value if isinstance(value, list | tuple) else (value,)
    return [(str(getattr(one, "name", module.__name__.rpartition(".")[2])), one) for one in several]
