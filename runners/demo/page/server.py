"""The web server of the page: Solara's, with scripts and fonts from this machine alone."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import threading
import warnings
from collections.abc import Callable

import solara.server.settings
import solara.server.starlette as solara_server
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

import caremarket.agents.model  # noqa: F401  imported once, before any thread is started
from caremarket.runners.demo.drawing.chart_kinds import CHART_KINDS
from caremarket.runners.demo.drawing.charts import specification
from caremarket.runners.demo.engine.session import sessions_open
from caremarket.runners.demo.page.assets import VEGA, LocalAssets, vega_bundle, vega_route
from caremarket.runners.demo.settings import Settings

_settings: Settings | None = None


def settings() -> Settings:
    """The settings with which this server was started.

    Raises:
        RuntimeError: no server was started.
    """
    if _settings is None:
        raise RuntimeError("the page is served by `caremarket demo`")
    return _settings


def application() -> Starlette:
    """The web application: the page's own routes, then Solara's, which would fetch assets from another host."""
    routes = [
        Route(VEGA, vega_route()),
        Route("/caremarket/state", _state),
        Mount("/_solara/cdn", app=LocalAssets()),
        Mount("/", routes=solara_server.routes),
    ]
    return Starlette(routes=routes, lifespan=solara_server.lifespan)


def _state(_: Request) -> Response:
    """Number of open sessions, for tests and for the operator of the server."""
    return JSONResponse({"sessions": sessions_open()})


def _set_up_solara() -> None:
    """No usage reports, no banner, and an end to sessions whose tab has been silent for a minute."""
    ours = solara.server.settings
    ours.telemetry.mixpanel_enable = False
    ours.theme.show_banner = False
    ours.theme.title = "caremarket"
    ours.kernel.cull_timeout = "60s"


def _prepare(given: Settings) -> None:
    """Prepare in advance what every page requests first."""
    vega_bundle()
    horizon = 12.0 * given.composer.scenario(given.choices[0]).horizon_years
    specification(horizon, CHART_KINDS[0], "light")


def serve(given: Settings, listening: socket.socket, ready: Callable[[], None]) -> None:
    """Serve the page on a socket that listens, until interrupted.

    Args:
        given: settings of the page.
        listening: the socket.
        ready: called once pages can be requested.
    """
    global _settings
    _settings = given
    _set_up_solara()
    logging.getLogger("solara").setLevel(logging.ERROR)
    # Solara warns about cookies if a page is not served over https; this one is served on the same machine.
    warnings.filterwarnings("ignore", message=".*samesite.*", category=UserWarning)
    # Vega's scripts and the first chart take seconds to make, while the browser loads the rest.
    threading.Thread(target=_prepare, args=(given,), name="caremarket-prepare", daemon=True).start()
    config = uvicorn.Config(
        application(),
        log_level="error",
        access_log=False,
        loop="asyncio",
        timeout_graceful_shutdown=2,
        # Within one machine, compressing half a megabyte a picture takes longer than sending it.
        ws_per_message_deflate=False,
    )
    server = uvicorn.Server(config)

    async def run() -> None:
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started and not serving.done():
            await asyncio.sleep(0.02)
        if server.started:
            ready()
        await serving

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run())
