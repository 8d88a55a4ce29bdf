"""The page itself: Solara components, their Vue templates in ``vue``, and the web server.

``app`` is the page that Solara serves; ``controller`` connects it to engine and painter.
It may import everything else of ``demo``.
"""
