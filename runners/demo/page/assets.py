"""Scripts, styles and fonts of the page, all from this machine.

Solara's page requests them from its own server under ``/_solara/cdn``, and Solara's server fetches missing files from a
public host. Here that route serves only files of the package ``solara-assets``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from solara.server import settings
from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_PACKAGE = re.compile(r"^(?P<name>(?:@[^/@]+/)?[^/@]+)@(?P<version>\d+[^/]*)/(?P<rest>.*)$")
VEGA = "/caremarket/vega.js"


class LocalAssets(StaticFiles):
    """Files of ``solara-assets``.

    Solara and its assets are released separately. If the requested version of a script does not exist, the newest one
    with the same major version is served.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = Path(settings.assets.proxy_cache_dir if folder is None else folder)
        super().__init__(directory=self.folder, check_dir=False)

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        """A path on disk and its status; empty and None if there is no such file."""
        found = super().lookup_path(path)
        return found if found[1] is not None else super().lookup_path(nearest(self.folder, path))


def nearest(folder: Path, path: str) -> str:
    """``path`` with the version of its package that ``folder`` has; unchanged if there is no suitable one."""
    asked = _PACKAGE.match(path.replace(os.sep, "/"))
    if asked is None:
        return path
    major = asked["version"].partition(".")[0]
    there = sorted(folder.glob(f"{asked['name']}@{major}.*"), key=_version)
    return f"{asked['name']}@{there[-1].name.rpartition('@')[2]}/{asked['rest']}" if there else path


def _version(path: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", path.name.rpartition("@")[2]))


@lru_cache(maxsize=1)
def vega_bundle() -> bytes:
    """Vega, Vega-Lite and vega-embed as one script, in the versions that match Altair's specifications."""
    import vl_convert

    return vl_convert.javascript_bundle("window.caremarketVega = {vega, vegaLite, vegaEmbed};").encode()


def vega_route(bundle: Callable[[], bytes] = vega_bundle) -> Callable[[Request], Response]:
    """The endpoint that serves :func:`vega_bundle`."""

    def endpoint(_: Request) -> Response:
        return Response(bundle(), media_type="text/javascript", headers=FOREVER)

    return endpoint
