"""A contract's life: signing, quarterly delivery, the yearly split of volume and review, failure, and its end.

``lifecycle`` lists the steps in time; each of the other modules holds one rule. Imports ``money``, ``primary_care`` and
the rooms below, and nothing of ``bidding``, which is on the same level. A port answers what follows a contract.
"""
