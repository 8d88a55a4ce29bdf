"""Exit statuses of the command line."""

from __future__ import annotations

DONE = 0
OTHER = 1
"""Anything that is neither a wrong request nor a failed run."""
WRONG_REQUEST = 2
"""The request is wrong; nothing was run or written."""
SOME_FAILED = 3
"""Some runs of many failed; the others are kept."""
