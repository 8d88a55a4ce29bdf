"""The parts of ``caremarket validate``: hypotheses, theory, robustness, calibration and market, one module each.

A part is a module that defines ``PART``; it is found by that name and listed nowhere else.
It may import ``compose``, ``execution`` and ``storage``.
"""

from __future__ import annotations

from caremarket.market.registry import variants
from caremarket.runners.validation.part import Asked, Job, Part, Row, Workplace

PARTS: dict[str, Part] = variants(__name__, __path__, "PART", Part)

__all__ = ["PARTS", "Asked", "Job", "Part", "Row", "Workplace"]
