"""State of a market (providers, commissioners, contracts, tenders, bids, plans), and the classes of provider kinds.

An entity keeps its own state and accounts, and takes no decision that others must answer. Rules that act on entities
are in the rooms above, and reach one another through :class:`~caremarket.agents.entities.market.Market`, its ports and
notices. Imports ``world`` and ``strategies``; modules of this room may import one another.
"""
