"""Policy search: lever values that optimise measures, found by Optuna.

``section`` is the ``search`` section of a configuration, ``samplers`` holds Optuna's samplers by name, and ``study``
runs the trials. It may import ``calibration``, ``design``, ``configuration`` and the floors below.
"""
