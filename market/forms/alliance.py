"""Alliance: commissioner and providers in one agreement, sharing gain and pain and deciding together (M; P 4.15; K).

Only one provider can execute the standard contract: a member hosts it, and the others have sub-contracts with the host
on joint terms (P 4.15).
"""

from __future__ import annotations

from caremarket.market.forms.base import FOR_PEOPLE, ContractForm

FORM = ContractForm(
    name="alliance",
    source="M; P 4.13 to 4.15; K on alliance contracting",
    self_delivery_min=0.0,
    self_delivery_max=1.0,
    subcontracting=True,
    one_plan=True,
    selection="assemble",
    joint_holding=True,
    pooled_risk=True,
    payments=("block", "bundle"),
    payments_with=FOR_PEOPLE,
    payments_why="members share one budget, and pay for each one's own activity would set them against one another",
    routes=("direct_award", "single_stage", "two_stage", "competitive_dialogue"),
    routes_why="its members are brought together for the lot",
    scope="pathway",
    scope_why="it exists to bring the functions of a pathway together",
)
