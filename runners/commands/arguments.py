"""``key=value`` arguments of commands that do not compose a configuration."""

from __future__ import annotations

from caremarket.market.errors import ConfigurationError


def key_values(arguments: list[str], defaults: dict[str, str | None]) -> dict[str, str | None]:
    """The value of each key: from ``key=value`` arguments, else from ``defaults``.

    Raises:
        ConfigurationError: an argument is malformed or its key is not among the defaults.
    """
    found = dict(defaults)
    for argument in arguments:
        key, equals, value = argument.partition("=")
        if not equals or key not in defaults:
            raise ConfigurationError(key, f"is not known here; allowed: {', '.join(f'{k}=' for k in defaults)}")
        found[key] = value
    return found
