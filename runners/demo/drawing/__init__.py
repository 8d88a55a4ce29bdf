"""Drawing for the page: charts, headline figures and story of each side at a month.

A painter draws the latest picture of the engine on a thread of its own.
It may import ``engine``, and knows nothing of Solara.
"""
