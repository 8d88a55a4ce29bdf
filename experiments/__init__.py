"""Experiments: choice of the markets to run, and analysis of their results.

Six packages, lowest first; each may import those before it: ``configuration`` (from YAML to a
scenario), ``design`` (points, replicates, seeds), ``calibration`` (England's figures), ``analysis`` (statistics of
results) beside ``search`` (policies that optimise measures), ``evidence`` (hypotheses and theory), ``report`` (figures
and text). Nothing here starts a process or prints: ``caremarket.runners`` does, and nothing here may import it.
"""
