"""Changes to the market as a whole: entry, mergers, the regulator, reforms and shocks.

Each acts on the whole market once a year or on a date. Imports ``procurement``, ``population`` and below, and nothing
of ``records``, a package of the same level.
"""
