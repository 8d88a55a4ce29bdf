"""Evidence: hypotheses tested by paired runs, their verdicts, and checks of the model against theory.

``hypotheses`` reads the claim of an experiment file, ``trials`` runs its arms until a verdict is reached, ``verdicts``
applies the rule, ``robustness`` repeats the test in many worlds, and ``theory`` compares the model with exact answers.
It may import ``analysis``, ``design`` and the rooms and floors below, but not ``report``.
"""
