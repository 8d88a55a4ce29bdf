"""Entry point of the generators.

``python -m tools.docs`` writes the generated pages, as ``make docs-tables`` does. With a first word it does one thing
alone::

    python -m tools.docs diagrams               the SVG files of docs/diagrams/
    python -m tools.docs lessons [LESSON ...]   the measured figures of the lessons, about six minutes
    python -m tools.docs sensitivity ...        the figures of docs/sensitivity.md, see tools/docs/sensitivity_data.py
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from tools.docs import lesson_figures, sensitivity_data
from tools.docs.diagrams import market as diagrams
from tools.docs.pages import pages
from tools.docs.places import ROOT


def main(arguments: Sequence[str]) -> int:
    """Run the generator named by the arguments; returns the exit status."""
    match list(arguments):
        case []:
            for page, content in pages().items():
                page.write_text(content, encoding="utf-8")
                print(f"Wrote {page.relative_to(ROOT)}")
        case ["diagrams"]:
            diagrams.write()
        case ["lessons", *lessons]:
            lesson_figures.write(lessons)
        case ["sensitivity", *words]:
            return sensitivity_data.main(words)
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
