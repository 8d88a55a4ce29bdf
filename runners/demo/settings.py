"""Settings of a served page, from the command's arguments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from caremarket.experiments.extensions import Extension, extended, read_extensions
from caremarket.market.errors import ConfigurationError
from caremarket.runners.demo.choices import Choice, Composer, check_names

OWN = {"port": "8765", "host": "localhost", "speed": "12", "replay": "", "output_root": "outputs"}
POLICIES = ("separate", "prime_provider")


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings with which a page is served.

    Attributes:
        host, port: address of the server.
        speed: months a second at first.
        replay: folders of recorded runs to open at once.
        output_root: folder under which recorded runs are looked for.
        choices: the two sides.
        composer: composes scenarios.
        own_files: whether the user has given a folder of their own configuration.
        extensions: extensions in use while the page is served.
    """

    host: str
    port: int
    speed: float
    replay: tuple[str, ...]
    output_root: str
    choices: tuple[Choice, ...]
    composer: Composer
    own_files: bool
    extensions: tuple[Extension, ...]


def settings_from(arguments: Sequence[str]) -> Settings:
    """The settings that the command's arguments ask for.

    Raises:
        ConfigurationError: names the key at fault and what is allowed.
    """
    given, overrides, config_dir = dict(OWN), [], None
    rest = iter(arguments)
    for argument in rest:
        key, equals, value = argument.partition("=")
        if argument in {"--config-dir", "-cd"} or key == "--config-dir":
            config_dir = value if equals else next(rest, None)
            if not config_dir:
                raise ConfigurationError("--config-dir", "needs a folder")
        elif argument.startswith("-"):
            raise ConfigurationError(argument, "is no option of demo; --config-dir DIR and --help are")
        elif not equals:
            raise ConfigurationError(argument, "is no key=value; see caremarket demo --help")
        elif key in OWN:
            given[key] = value
        else:
            overrides.append(argument)
    named = {o.partition("=")[0]: o.partition("=")[2] for o in overrides}
    policies = tuple(p for p in named.get("policy", ",".join(POLICIES)).split(",") if p)
    if len(policies) not in {1, 2}:
        raise ConfigurationError("policy", f"{named['policy']!r} must name one policy or two, joined by a comma")
    seed = named.get("seed", "1")
    if not seed.isdigit():
        raise ConfigurationError("seed", f"{seed!r} is not a whole number from 0")
    composer = Composer(overrides, config_dir)
    sides = policies if len(policies) == 2 else (policies[0], policies[0])
    choices = tuple(Choice(composer.named, policy, int(seed)) for policy in sides)
    own_files = config_dir is not None
    for choice in choices:
        check_names(choice, own_files)
    extensions = read_extensions(composer.config(choices[0]), Path.cwd())
    with extended(extensions):
        for choice in choices:
            composer.scenario(choice)
    replay = tuple(folder for folder in given["replay"].split(",") if folder)
    if len(replay) > 2:
        raise ConfigurationError("replay", "must name one folder or two, joined by a comma")
    if replay:
        from caremarket.runners.demo.engine.recording import open_recording

        for folder in replay:
            open_recording(folder)
    port, speed = _port(given["port"]), _speed(given["speed"])
    root = given["output_root"]
    return Settings(given["host"], port, speed, replay, root, choices, composer, own_files, extensions)


def _port(text: str) -> int:
    if not text.isdigit() or not 0 <= int(text) <= 65535:
        raise ConfigurationError("port", f"{text!r} must be a whole number from 1 to 65535, or 0 for any that is free")
    return int(text)


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = -1.0
    if not 0.1 <= speed <= 1000.0:
        raise ConfigurationError("speed", f"{text!r} must be a number of months a second from 0.1 to 1000")
    return speed
