"""Standard output and the log, set up for a person at a terminal."""

from __future__ import annotations

import logging
import sys

from rich.console import Console


def set_up_log() -> logging.Logger:
    """Set up the project's logger: plain lines on standard error, from level INFO."""
    logger = logging.getLogger("caremarket")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.handlers.clear()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger.addHandler(handler)
    return logger


def out() -> Console:
    """A console on standard output; if that is no terminal, lines are 110 characters wide."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=110)
