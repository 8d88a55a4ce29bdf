"""Federation forms as data that practices and groups read."""

from __future__ import annotations

from dataclasses import dataclass

from caremarket.market.validation import NonNegative, Share, check_record


@dataclass(frozen=True, slots=True)
class FederationForm:
    """A form of working together among GP practices. Shares are in [0, 1] and, unless a site says so, our judgement.

    Attributes:
        name: name in configuration and tables.
        source: site of K on which the form is based.
        vehicle: whether there is a legal body: it can bid, hold contracts, employ, and keep reserves.
        distributes: whether it may pay its surplus to members.
        scale: share of the gains from working at scale that the form reaches.
        autonomy_loss: autonomy that a member gives up, relative to a limited company.
        pooling: share of the staff of enhanced services that members share.
        risk_sharing: share of a loss in the group that reaches a member.
        networks_within: whether members are divided into small networks that are jointly responsible for their pay.

    Raises:
        ValueError: a field is of the wrong type or out of range.
    """

    name: str
    source: str
    vehicle: bool
    distributes: bool
    scale: Share
    autonomy_loss: NonNegative
    pooling: Share
    risk_sharing: Share
    networks_within: bool

    def __post_init__(self) -> None:
        check_record(FederationForm, self)
