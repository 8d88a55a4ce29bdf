"""Analysis of results: what runs and sweeps left in files, their statistics, and what follows from them.

``results`` reads the files, ``statistics`` and ``measures`` hold estimates and units, and comparison, sensitivity,
scenario discovery and sequential stopping each have modules of their own. It may import ``calibration``, ``design``,
``configuration`` and the floors below, but neither ``search`` nor ``evidence`` nor ``report``.
"""
