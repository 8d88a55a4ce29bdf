"""State: who and what there is in a market. Providers, commissioners, practices, contracts, tenders, bids and plans.

An entity keeps its own state and books, and takes no decision that others have to answer. The rules that act on
entities stand in the rooms above, and reach one another through :class:`~caremarket.agents.entities.market.Market`,
its ports and notices. Imports ``world`` and ``strategies``; modules of this room may name one another.
"""
