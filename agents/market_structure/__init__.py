"""What changes the market as a whole: entry, mergers, the regulator, reforms and shocks.

Each looks at the whole market once a year or on a date. Imports ``procurement``, ``population`` and below, and nothing
of ``records``, which stands beside it.
"""
