"""What ``caremarket validate`` can do. One module a part; each defines ``PART``."""

from __future__ import annotations

from caremarket.market.registry import variants
from caremarket.runners.validation.base import Asked, Job, Part, Row, Workplace

PARTS: dict[str, Part] = variants(__name__, __path__, "PART", Part)

__all__ = ["PARTS", "Asked", "Job", "Part", "Row", "Workplace"]
