"""The world of a market: its clock and event list, organisations, the seeds they come from, reasons and results.

Nothing here knows what a contract or a provider is. May be imported by every room of ``agents``; imports only
``caremarket.market`` and Mesa.
"""
