"""A run described in plain English: events, the organisations concerned, and reasons."""

from caremarket.experiments.report.story.feed import Line, feed
from caremarket.experiments.report.story.portrait import describe, history

__all__ = ["Line", "describe", "feed", "history"]
