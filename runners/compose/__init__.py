"""Composing configuration with Hydra: overrides, multiruns, experiment files, and errors of one line.

From here come plain dictionaries and, for hypotheses, scenarios; nothing is run here.
It may import ``execution`` (Hydra's Ray launcher needs Ray started as sweeps start it), ``storage`` and ``console``.
"""
