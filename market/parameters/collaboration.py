"""Working together: alliances, frameworks, joint ventures, and patients' choice among providers."""

from __future__ import annotations

from market.validation import Strict


class CollaborationParameters(Strict):
    """Units and sources stand in ``configs/behaviour/collaboration/default.yaml``."""
