"""A contract's life: signing, quarterly delivery, the yearly split of volume and review, failure, and how it ends.

``lifecycle`` says what happens when; the other modules say how. Imports ``money``, ``primary_care`` and below, and
nothing of ``bidding``, which stands beside it; what comes after a contract is asked of a port.
"""
