"""Configuration: from composed YAML to a typed scenario, with errors that name the key and the allowed values.

``scenarios`` builds the scenario, ``market_files`` reads the registers and rosters it names, ``choices`` checks names
against their registers, and ``messages`` words every error. It may import ``caremarket.market`` and
``caremarket.agents``, and no other package of ``caremarket.experiments``.
"""
