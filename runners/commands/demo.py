"""``caremarket demo``: serves the teaching page on this machine."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence

from caremarket.experiments.extensions import extended
from caremarket.market.errors import CaremarketError, ConfigurationError
from caremarket.runners.demo.settings import settings_from

HELP = """\
caremarket demo [port=8765] [host=localhost] [speed=12] [replay=FOLDER] [override ...] [--config-dir DIR]

Serves the teaching page: two policies side by side with the same seed, live, or a recorded run.
  caremarket demo
  caremarket demo scenario=house policy=separate,prime_provider seed=3
  caremarket demo replay=outputs/local/0f3a5c7e9b1d
  caremarket demo scenario=england market.ods_dir=DIR

port=8765          1 to 65535, or 0 for any that is free
host=localhost     where it listens; 0.0.0.0 lets other machines in, without a password
speed=12           months a second, 0.1 to 1000
replay=FOLDER      a recorded run to open; two, joined by a comma, stand side by side
output_root=DIR    where recorded runs are looked for
policy=A,B         the two policies at first
Any other override is Hydra's, as after `caremarket run`; those of market go with the scenario named here.
Stop it with Ctrl-C. docs/howto-teaching-page.md tells keys, views and limits.
"""


def demo(arguments: Sequence[str]) -> int:
    """Serve the page until interrupted; returns the exit status.

    Raises:
        ConfigurationError: the request is wrong.
        PortTakenError: the port is in use.
    """
    if {"-h", "--help"} & set(arguments):
        print(HELP, end="")
        return 0
    settings = settings_from(arguments)
    listening = _listen(settings.host, settings.port)
    port = int(listening.getsockname()[1])
    address = f"http://{settings.host}:{port}"
    os.environ["SOLARA_APP"] = "caremarket.runners.demo.page.app"  # read when Solara is imported
    print(f"Teaching page on {address} in a moment (stop with Ctrl-C)", flush=True)
    from caremarket.runners.demo.page.server import serve

    with extended(settings.extensions):
        serve(settings, listening, lambda: print(f"Ready: {address}", flush=True))
    return 0


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket, opened first so that an occupied port is reported at once."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        found = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ConfigurationError("host", f"{host!r} is no address of this machine ({error.strerror})") from None
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind(address)
        found.listen(64)
    except OSError as error:
        found.close()
        raise PortTakenError(
            f"port: {port} on {host} cannot be listened on ({error.strerror}); give another, such as port={port + 1}"
        ) from None
    return found


class PortTakenError(CaremarketError):
    """The port is in use by another program."""
