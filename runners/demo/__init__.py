"""The teaching page of ``caremarket demo``: two policies side by side in a browser, live or replayed.

``choices``, ``lever_controls`` and ``settings`` say what is simulated; ``engine`` runs it, ``drawing`` makes charts and
text of it, and ``page`` shows them with Solara.
It may import ``compose`` and ``storage``; only the module ``demo`` of ``commands`` imports it.
"""
