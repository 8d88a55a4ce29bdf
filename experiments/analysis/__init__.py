"""Analysis of results: the files written by runs and sweeps, their statistics, and conclusions from them.

``results`` reads the files, ``statistics`` and ``measures`` hold estimates and units, and comparison, sensitivity,
scenario discovery and sequential stopping each have modules of their own. It may import ``calibration``, ``design``,
``configuration`` and the floors below, but neither ``search`` nor ``evidence`` nor ``report``.
"""
