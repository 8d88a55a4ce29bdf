"""Random draws keyed by their purpose, never by the number of earlier draws.

Two arms of an experiment that share a seed draw the same number for the same purpose, entity and occasion, so
they differ only in the lever. A draw is BLAKE2b over the packed key: it needs no state, does not depend on
``PYTHONHASHSEED``, and costs under a microsecond.
"""

from __future__ import annotations

from enum import IntEnum
from hashlib import blake2b
from math import exp, sqrt
from statistics import NormalDist
from struct import Struct

_INV_CDF = NormalDist().inv_cdf
_PACK = Struct("<QqQQq").pack
_SCALE = 2.0**-53


class Purpose(IntEnum):
    """Purpose of a draw. Numbers are part of every recorded result: append, never renumber."""

    POPULATION = 1
    PROVIDER = 2
    INCUMBENT = 3
    TERM = 4
    LOCAL_FIT = 5
    ESTIMATE = 6
    DEMAND = 7
    CASE_COST = 8
    DURATION = 9
    ATTENTION = 10
    EVALUATION = 11
    OUTCOME = 12
    TRUST = 13
    ENTRY = 14
    ENTRANT = 15
    MEMBERSHIP = 16
    OUTSIDE = 17
    DETECTION = 18
    PHASE = 19
    REPLICATE = 20
    PATIENT_CHOICE = 21
    CHALLENGE = 22
    APPRAISAL = 23
    RESERVED_LOT = 24
    PERFORMANCE = 25
    MONITORING = 26
    CORE_CONTRACT = 27
    LEARNING = 28
    QUALITY_FRAMEWORK = 29
    ENHANCED_SERVICE = 30
    RISK_THRESHOLD = 31
    MERGER = 32
    REGULATION = 33
    CASE_MIX = 34
    INTEREST = 35
    AWARD_REVIEW = 36
    HAND_BACK = 37
    PARTNER = 38
    PREMIUM = 39
    DOUBLE_PAYMENT = 40
    OPENED_TO_CHOICE = 41
    NEW_SERVICE = 42


def entity_key(*parts: str) -> int:
    """Stable unsigned 64-bit key of a named entity, for example ``entity_key("third_sector", "T17")``."""
    return int.from_bytes(blake2b("\x1f".join(parts).encode(), digest_size=8).digest(), "little")


class Streams:
    """The random numbers of one run.

    Args:
        seed: run seed, any 63-bit non-negative integer.
    """

    __slots__ = ("seed",)

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def uniform(self, purpose: int, entity: int, other: int = 0, occasion: int = 0) -> float:
        """Draw from the open interval (0, 1)."""
        digest = blake2b(_PACK(self.seed, purpose, entity, other, occasion), digest_size=8).digest()
        return ((int.from_bytes(digest, "little") >> 11) + 0.5) * _SCALE

    def normal(self, purpose: int, entity: int, other: int = 0, occasion: int = 0) -> float:
        """Draw a standard normal."""
        digest = blake2b(_PACK(self.seed, purpose, entity, other, occasion), digest_size=8).digest()
        return _INV_CDF(((int.from_bytes(digest, "little") >> 11) + 0.5) * _SCALE)

    def lognormal_mean_one(self, sigma: float, purpose: int, entity: int, other: int = 0, occasion: int = 0) -> float:
        """Draw a log-normal with mean one and log standard deviation ``sigma``."""
        return exp(sigma * self.normal(purpose, entity, other, occasion) - 0.5 * sigma * sigma)

    def between(self, low: float, high: float, purpose: int, entity: int, other: int = 0, occasion: int = 0) -> float:
        """Draw uniformly from [low, high]."""
        return low + (high - low) * self.uniform(purpose, entity, other, occasion)

    def poisson(self, mean: float, purpose: int, entity: int, other: int = 0, occasion: int = 0) -> int:
        """Draw a Poisson count by inversion from one uniform; meant for small means."""
        u = self.uniform(purpose, entity, other, occasion)
        if mean > 50.0:
            return max(0, round(mean + sqrt(mean) * _INV_CDF(u)))
        probability = exp(-mean)
        cumulative = probability
        count = 0
        while u > cumulative and count < 1000:
            count += 1
            probability *= mean / count
            cumulative += probability
        return count
