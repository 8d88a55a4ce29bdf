"""A run told in plain English: what happened, to whom, and why."""

from caremarket.experiments.report.story.feed import Line, feed
from caremarket.experiments.report.story.portrait import describe, history

__all__ = ["Line", "describe", "feed", "history"]
