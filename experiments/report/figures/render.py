"""A chart or a matplotlib figure as bytes of SVG or PNG; charts through vl-convert, without browser or network."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SCALE = 1.5
"""PNG pixels per chart pixel."""


def svg_bytes(figure: Figure | Any) -> bytes:
    """A figure or chart as SVG, the same bytes for the same figure."""
    if hasattr(figure, "savefig"):
        from caremarket.experiments.report.figures.panels import svg_bytes as drawn

        return drawn(figure)
    import vl_convert

    return str(vl_convert.vegalite_to_svg(json.dumps(specification(figure)), allowed_base_urls=[])).encode()


def png_bytes(figure: Figure | Any, scale: float = SCALE) -> bytes:
    """A figure or chart as PNG; ``scale`` is output pixels per chart pixel."""
    if hasattr(figure, "savefig"):
        from caremarket.experiments.report.figures.panels import png_bytes as drawn

        return drawn(figure)
    import vl_convert

    return bytes(vl_convert.vegalite_to_png(json.dumps(specification(figure)), scale=scale, allowed_base_urls=[]))


def specification(chart: Any) -> dict[str, Any]:
    """A chart as Vega-Lite, its data under ``datasets``; not checked against the schema, which is slow."""
    found: dict[str, Any] = chart.to_dict(validate=False)
    return found
