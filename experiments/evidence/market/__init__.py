"""How the simulated market behaves: prices, bidders and budgets beside what theory and published figures say.

``arms`` lists the markets that are run, ``runs`` reads their tables, ``figure`` and ``estimates`` define a figure and
its interval, ``prices``, ``bidders`` and ``budgets`` have the figures of each subject, and ``registry`` lists them all.
"""

from __future__ import annotations
