"""Calibration: the figures of England's market of 2013/14 that a run is compared with, and the fit of trials to them.

``targets`` computes the figures of a run and their distance from England's, ``fit`` shows which parameters the trials
of a calibration determine. It may import ``design``, ``configuration`` and the floors below.
"""
