"""Standard output and the log, set up for a person at a terminal."""

from __future__ import annotations

import logging
import sys

from rich.console import Console


def set_up_log() -> logging.Logger:
    """The project's logger: plain lines on standard error, from INFO up."""
    logger = logging.getLogger("caremarket")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.handlers.clear()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger.addHandler(handler)
    return logger


def out() -> Console:
    """A console on standard output that writes whole lines when nobody watches."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=110)
