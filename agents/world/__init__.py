"""The world of a market: clock and event list, organisations and their seeds, reasons and results.

Nothing here depends on contracts or providers. Every room of ``agents`` may import it; it imports only
``caremarket.market`` and Mesa.
"""
