"""A run told in plain English: what happened, to whom, and why."""

from experiments.story.feed import Line, feed
from experiments.story.portrait import describe, history

__all__ = ["Line", "describe", "feed", "history"]
