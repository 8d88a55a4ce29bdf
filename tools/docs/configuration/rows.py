"""Rows of the table of keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pydantic import BaseModel

from tools.docs.configuration.meanings import UNTOLD
from tools.docs.configuration.values import CHOICES, allowed_text, default_of, kind_text
from tools.docs.places import CONFIGS


def head() -> str:
    """Head of the table of keys."""
    return "| key | type | allowed | default | meaning |\n| --- | --- | --- | --- | --- |"


def row(key: str, kind: str, allowed: str, default: str, meaning: str) -> str:
    """One row."""
    cells = (f"`{key}`", kind, allowed, default, meaning)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def rows(
    model: type[BaseModel],
    prefix: str,
    told: Mapping[str, str],
    only: Sequence[str] = (),
    leave_out: Sequence[str] = (),
) -> Iterator[str]:
    """One row per field; a field without a meaning raises an error, so that no field is left undescribed."""
    for name, field in model.model_fields.items():
        if (only and name not in only) or name in leave_out:
            continue
        key = f"{prefix}.{name}"
        short = ".".join(key.split(".")[1:])
        meaning = UNTOLD.get(short) or told.get(name) or UNTOLD.get(name)
        if meaning is None:
            raise KeyError(f"{key}: no comment in configs/ says what it means")
        kind = "choice" if key in CHOICES else kind_text(field.annotation)
        yield row(key, kind, allowed_text(model, name, key), default_of(field), meaning)


def files(group: str) -> list[str]:
    """Names of the files of a configuration group."""
    return sorted(path.stem for path in (CONFIGS / group).glob("*.yaml"))


def listed(names: Sequence[str]) -> str:
    """Names formatted as code and joined by commas."""
    return ", ".join(f"`{name}`" for name in names)
