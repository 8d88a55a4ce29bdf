"""Composing configuration with Hydra: overrides, multiruns, experiment files, and errors of one line.

It returns plain dictionaries and, for hypotheses, scenarios, and runs nothing.
It may import ``execution`` (Hydra's Ray launcher needs Ray started as sweeps start it), ``storage`` and ``console``.
"""
