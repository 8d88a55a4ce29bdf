"""Extensions: modules that add contract forms, payments, pricing strategies and so on without touching the package.

An extension is a user's own module or package, named under ``extensions`` in configuration, or one that an
installed package names as an entry point in the group ``caremarket.extensions``. It defines what a module within the
package defines (``FORM``, ``PAYMENT``, ...): one variant, or a list of several.

A request reads the source of its extensions once. That source is hashed into the identity of its runs, sent to
workers, and imported in every process; no process looks for the files again.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import import_module, invalidate_caches
from importlib.abc import InspectLoader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import entry_points
from importlib.util import decode_source, spec_from_loader
from pathlib import Path
from traceback import extract_tb
from types import CodeType, ModuleType
from typing import Any

from caremarket.market.compatibility import check_names
from caremarket.market.errors import CaremarketError, ConfigurationError, VariantError
from caremarket.market.registry import REGISTRIES, defined

KEY = "extensions"
GROUP = "caremarket.extensions"


@dataclass(frozen=True, slots=True)
class Extension:
    """The source of an extension as read by a request.

    Attributes:
        name: dotted name of the module that defines variants.
        place: file of a module, or folder of a package, that the source was read from.
        source: dotted module name -> path and text, for all modules of the package.
        digest: SHA-256 of the module, or of all files of the package.
    """

    name: str
    place: Path
    source: Mapping[str, tuple[Path, bytes]]
    digest: str

    @property
    def root(self) -> str:
        """Name of the module or package as a whole."""
        return self.name.partition(".")[0]


_used: tuple[Extension, ...] = ()
"""The extensions in use in this process."""


def extensions_in_use() -> tuple[Extension, ...]:
    """The extensions in use in this process, in the order in which they were added."""
    return _used


def identity() -> dict[str, Any]:
    """Contribution of the extensions in use to the identity of a run; empty if there are none."""
    return {KEY: [[extension.name, extension.digest] for extension in _used]} if _used else {}


def read_extensions(config: Mapping[str, Any], folder: str | Path) -> tuple[Extension, ...]:
    """Read the source of the extensions of installed packages, then of those that a configuration names.

    Args:
        config: a composed configuration.
        folder: folder searched first for modules, before Python's own path.

    Raises:
        ConfigurationError: a module is missing, or its source cannot be read.
    """
    named = names_in(config)
    installed = _installed()
    if not named and not installed:
        return ()
    invalidate_caches()
    found = [_read(name, ()) for name in installed]
    return (*found, *(_read(name, (str(folder),)) for name in named if name not in installed))


def names_in(config: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the extensions in a configuration, each once.

    Raises:
        ConfigurationError: its value is not a list of module names.
    """
    value = config.get(KEY) or ()
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise ConfigurationError(KEY, f"{value!r} must be a list of names of modules, such as [my_module]")
    for name in names:
        if not all(part.isidentifier() for part in name.split(".")):
            raise ConfigurationError(KEY, f"{name!r} is no name of a module; a file my_module.py is my_module")
    return tuple(dict.fromkeys(names))


def check_in_use(config: Mapping[str, Any]) -> None:
    """Check that the extensions that a configuration names are those in use.

    Raises:
        ConfigurationError: they differ: a point of a sweep names others than the request.
    """
    asked = {*names_in(config), *(_installed() if _used else ())}
    if asked != {extension.name for extension in _used}:
        raise ConfigurationError(KEY, "must be the same for all that is run together; name them on the command line")


@contextmanager
def extended(extensions: Sequence[Extension]) -> Iterator[None]:
    """Context in which only these extensions are in use; afterwards the earlier ones are in use again.

    Raises:
        ConfigurationError: one of them cannot be imported, defines nothing known, or takes a name already in use.
        VariantError: code of an extension failed within the context; its cause is the error.
    """
    before = _used
    use(extensions)
    try:
        yield
    except CaremarketError:
        raise
    except Exception as error:
        failed = failed_extension(error)
        if failed is None:
            raise
        raise VariantError(failed) from error
    finally:
        use(before)


def failed_extension(error: Exception) -> str | None:
    """The extension in use whose code failed, with error, file and line, in one line; None if none did."""
    for extension in _used:
        files = {str(path) for path, _ in extension.source.values()}
        if any(frame.filename in files for frame in extract_tb(error.__traceback__)):
            return f"extension {extension.name!r} failed: {_brief(error, extension)}"
    return None


def use(extensions: Sequence[Extension]) -> None:
    """Use only these extensions from now on.

    Raises:
        ConfigurationError: as :func:`extended`; none is in use then.
    """
    global _used
    if [(e.name, e.digest) for e in extensions] == [(e.name, e.digest) for e in _used]:
        return
    _withdraw()
    try:
        for extension in extensions:
            _add(extension)
        _check_names()
    except BaseException:
        _withdraw()
        raise
    _used = tuple(extensions)


# --- reading ---------------------------------------------------------------------------------------------------------


@cache
def _installed() -> tuple[str, ...]:
    """Modules that installed packages name as extensions, by the names of their entry points."""
    return tuple(dict.fromkeys(point.module for point in sorted(entry_points(group=GROUP))))


def _read(name: str, folders: tuple[str, ...]) -> Extension:
    root = name.partition(".")[0]
    if root == "caremarket":
        raise ConfigurationError(KEY, f"{name!r} is part of caremarket; an extension is a module of your own")
    spec = PathFinder.find_spec(root, list(folders)) if folders else None
    if spec is None or spec.origin is None:  # a folder without origin is not a package
        spec = next((s for f in sys.meta_path if not isinstance(f, _Source) and (s := f.find_spec(root, None))), None)
    if spec is None or (spec.origin is None and spec.loader is None):
        where = f"in {folders[0]} or on Python's path" if folders else "though an installed package names it"
        raise ConfigurationError(KEY, f"there is no module {name!r} {where}")
    path = Path(str(spec.origin))
    if path.suffix != ".py" or not path.is_file():
        raise ConfigurationError(KEY, f"{name!r} is no module written in Python: {spec.origin}")
    place = path.parent if spec.submodule_search_locations is not None else path
    files = {path: path.read_bytes()} if place == path else _files(place)
    digest = sha256()
    for file, content in files.items():
        digest.update(file.relative_to(place.parent).as_posix().encode() + b"\0" + sha256(content).digest())
    source = {_dotted(file.relative_to(place.parent)): (file, c) for file, c in files.items() if file.suffix == ".py"}
    return Extension(name, place, source, digest.hexdigest())


def _files(folder: Path) -> dict[Path, bytes]:
    """Content of all files below a folder, by path, except caches and hidden files."""
    found = {}
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and not any(part.startswith(".") or part == "__pycache__" for part in parts):
            found[path] = path.read_bytes()
    return found


def _dotted(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


# --- importing -------------------------------------------------------------------------------------------------------


class _Source(MetaPathFinder, InspectLoader):
    """Importer of an extension's modules from the source that was read, even if files on disk have changed."""

    def __init__(self, extension: Extension) -> None:
        self._modules = extension.source
        self.root = extension.root
        # Modules that the user imported under the same names return when the extension is no longer in use.
        self.displaced = self._taken_out()

    def _taken_out(self) -> dict[str, ModuleType]:
        names = [name for name in sys.modules if name == self.root or name.startswith(f"{self.root}.")]
        return {name: sys.modules.pop(name) for name in names}

    def leave(self) -> None:
        """Remove the extension's modules, and restore the modules replaced by them."""
        sys.meta_path.remove(self)
        self._taken_out()
        sys.modules.update(self.displaced)

    def find_spec(self, fullname: str, path: Any, target: ModuleType | None = None) -> ModuleSpec | None:
        """Import specification of a module of the extension; None for other modules."""
        if fullname not in self._modules:
            return None
        file = self._modules[fullname][0]
        package = self.is_package(fullname)
        spec = spec_from_loader(fullname, self, origin=str(file), is_package=package)
        assert spec is not None
        spec.has_location = True
        if package:
            spec.submodule_search_locations = [str(file.parent)]  # for compiled modules and data in the same folder
        return spec

    def is_package(self, fullname: str) -> bool:
        """True if a module is a package."""
        return self._modules[fullname][0].name == "__init__.py"

    def get_source(self, fullname: str) -> str:
        """Text of a module."""
        return decode_source(self._modules[fullname][1])

    def get_code(self, fullname: str) -> CodeType:
        """Code of a module."""
        return self.source_to_code(self._modules[fullname][1], str(self._modules[fullname][0]))


def _withdraw() -> None:
    global _used
    _used = ()
    for registry in REGISTRIES:
        registry.withdraw()
    for finder in [finder for finder in sys.meta_path if isinstance(finder, _Source)]:
        finder.leave()


def _add(extension: Extension) -> None:
    import caremarket.agents.model  # noqa: F401  declares every registry

    if not any(isinstance(finder, _Source) and finder.root == extension.root for finder in sys.meta_path):
        sys.meta_path.insert(0, _Source(extension))
    try:
        module = import_module(extension.name)
    except (Exception, SystemExit) as error:
        raise ConfigurationError(KEY, f"{extension.name!r} cannot be imported: {_brief(error, extension)}") from error
    added = 0
    for attribute in dict.fromkeys(registry.attribute for registry in REGISTRIES):
        for name, variant in defined(module, attribute):
            _add_variant(extension, attribute, name, variant)
            added += 1
    if not added:
        allowed = ", ".join(sorted(f"{registry.attribute} ({registry.kind.__name__})" for registry in REGISTRIES))
        raise ConfigurationError(
            KEY, f"{extension.name!r} ({extension.place}) defines nothing to add; it may define: {allowed}"
        )


def _add_variant(extension: Extension, attribute: str, name: str, variant: Any) -> None:
    known = [registry for registry in REGISTRIES if registry.attribute == attribute]
    fitting = [registry for registry in known if isinstance(variant, registry.kind)]
    if not fitting:
        kinds = " or ".join(sorted(registry.kind.__name__ for registry in known))
        raise ConfigurationError(
            KEY,
            f"{attribute} of {extension.name!r} is a {type(variant).__name__}; it must be a {kinds}, or a list of them",
        )
    try:
        fitting[0].add(name, variant)
    except ValueError as error:
        raise ConfigurationError(KEY, f"{attribute} of {extension.name!r}: {error}") from None


def _check_names() -> None:
    try:
        check_names()
    except ValueError as error:
        raise ConfigurationError(KEY, str(error)) from None


def _brief(error: BaseException, extension: Extension) -> str:
    """An error in one line, with the last line of the extension in its traceback."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    files = {str(path): path for path, _ in extension.source.values()}
    places = [
        f"{files[f.filename].name}, line {f.lineno}" for f in extract_tb(error.__traceback__) if f.filename in files
    ]
    if isinstance(error, SyntaxError) and error.filename in files:
        places, lines = [f"{files[error.filename].name}, line {error.lineno}"], [error.msg]
    where = f" ({places[-1]})" if places else ""
    return f"{type(error).__name__}: {lines[0] if lines else ''}{where}"
