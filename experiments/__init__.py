"""Experiments: which markets are run, and how their results are interpreted.

Six rooms in the order in which they may import one another, the lowest first: ``configuration`` (from YAML to a
scenario), ``design`` (points, replicates, seeds), ``calibration`` (England's figures), ``analysis`` (statistics of
results) beside ``search`` (policies that optimise measures), ``evidence`` (hypotheses and theory), ``report`` (figures
and text). Nothing here starts a process or prints: ``caremarket.runners`` does, and nothing here may import it.
"""
