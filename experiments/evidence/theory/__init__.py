"""Checks against theory: cases with an exact or numerical answer, run through the model's own tender and measures.

``CHECKS`` lists the checks that the tests and ``caremarket validate`` run. Each check states its tolerance before
anything is measured, and reports its figures beside the theoretical ones.
"""

from __future__ import annotations

from caremarket.experiments.evidence.theory.asymmetric import ASYMMETRIC
from caremarket.experiments.evidence.theory.check import Check, Comparison
from caremarket.experiments.evidence.theory.common_value import COMMON_VALUE, SHADING
from caremarket.experiments.evidence.theory.concentration import CONCENTRATION
from caremarket.experiments.evidence.theory.learners import LEARNING
from caremarket.experiments.evidence.theory.patient_choice import CHOICE_SHARES
from caremarket.experiments.evidence.theory.private_values import FIRST_PRICE, REVENUE_EQUIVALENCE
from caremarket.experiments.evidence.theory.risk import RISK_PREMIUM

CHECKS: tuple[Check, ...] = (
    FIRST_PRICE,
    LEARNING,
    REVENUE_EQUIVALENCE,
    ASYMMETRIC,
    COMMON_VALUE,
    SHADING,
    RISK_PREMIUM,
    CHOICE_SHARES,
    CONCENTRATION,
)

__all__ = ["CHECKS", "Check", "Comparison"]
