"""Independent, for-profit providers."""

from __future__ import annotations

from agents.provider import Provider


class IndependentProvider(Provider):
    """Efficient in selected functions; goes where it expects a margin and leaves where it finds none."""
