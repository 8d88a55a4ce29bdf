"""What each lever moves: two sensible values of it in paired seeds, in the setting where it should matter.

    python -m benchmarks.levers --seeds 6
    python -m benchmarks.levers --only flow_down,monitoring

For every lever of :class:`caremarket.market.levers.PolicySpec` the measures that differ between the two values in most
seeds, with the mean paired change; a lever that moves nothing is said to.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from benchmarks.paired import Number, configuration, run_all
from caremarket.agents.records.measures import summary_names
from caremarket.experiments.analysis.statistics import Estimate, change, estimate
from caremarket.experiments.configuration.scenarios import scenario_from_config
from caremarket.market.errors import ConfigurationError
from caremarket.market.levers import PolicySpec
from caremarket.market.scenario import Scenario

BASE = ("market=small", "pathway=two", "horizon_years=6.0")
NO_EFFECT = frozenset({"events", "ledger_imbalance_pence"})
"""Names in the summary that say nothing about the market."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Two values of a lever as overrides, and the overrides of the setting in which it should matter."""

    low: tuple[str, ...]
    high: tuple[str, ...]
    setting: tuple[str, ...] = ()


def _trial(lever: str, low: str, high: str, *setting: str) -> tuple[str, Trial]:
    return lever, Trial((f"policy.{lever}={low}",), (f"policy.{lever}={high}",), setting)


PRIME = "policy=prime_provider"
INTEGRATOR = "policy=prime_contractor"
LARGER = ("pathway=nhs_ten", "market.synthetic.ccgs=6", "market.synthetic.third_sector=30", "horizon_years=8.0")
BUNDLE = ("pathway=nhs_ten", "policy.pathways_per_lot=3")
FRAGILE = "market.kinds.prime.reserve_months.median=0.2"
PRACTICES = "market.synthetic.practices_per_ccg=20"
TRIALS: Mapping[str, Trial] = MappingProxyType(
    dict(
        [
            _trial("form", "separate", "prime_provider", "policy.turnover_ratio=0"),
            _trial("lot_scope", "function", "pathway", "policy.form=prime_provider"),
            _trial("pathways_per_lot", "1", "2", PRIME, "policy.turnover_ratio=0"),
            _trial("ccgs_per_lot", "1", "3", PRIME, "policy.turnover_ratio=0"),
            _trial("joint_commissioning", "none", "local_authority", PRIME),
            _trial("choice_share", "0", "0.5"),
            _trial("choice_functions", "[community]", "[diagnostics]", "policy.choice_share=0.8"),
            _trial("duration_years", "2", "5"),
            _trial("extension_years", "0", "2", "policy.duration_years=3", "horizon_years=9.0"),
            _trial("phasing_years", "0", "2", PRIME),
            _trial("payment", "block", "tariff"),
            _trial("shadow_months", "0", "24", PRIME, "policy.payment=capitated", "policy.outcome_share=0.2"),
            _trial("outcome_share", "0", "0.2", PRIME),
            _trial("outcome_rule", "flow_down", "lead_keeps", PRIME, "policy.outcome_share=0.2"),
            _trial("gain_share", "0", "0.5"),
            _trial("indicators", "10", "60", PRIME),
            _trial("payment_days", "10", "90"),
            _trial("double_payment_check", "false", "true", "policy.outcome_share=0.2", PRACTICES),
            _trial("route", "single_stage", "two_stage"),
            _trial("engagement_months", "0", "9"),
            ("weight_price", Trial(("policy.weight_price=0.2",), ("policy.weight_price=0.6",))),
            ("weight_quality", Trial(("policy.weight_quality=0.2",), ("policy.weight_quality=0.6",))),
            (
                "weight_social_value",
                Trial(("policy.weight_social_value=0",), ("policy.weight_social_value=0.3",), (PRIME,)),
            ),
            (
                "weight_integration",
                Trial(("policy.weight_integration=0",), ("policy.weight_integration=0.3",), (PRIME,)),
            ),
            _trial("renewal", "tender", "if_it_pays"),
            _trial("award_price", "first", "second", "policy.weight_price=1"),
            _trial("turnover_ratio", "0", "2", PRIME),
            _trial("guarantee_share", "0", "0.3"),
            _trial("budget_discount", "0", "0.1"),
            _trial("publish_budget", "false", "true"),
            _trial("accept_single_bid", "false", "true"),
            _trial("reserved_share", "0", "0.4"),
            _trial("consortium_bids", "false", "true", PRIME, "policy.turnover_ratio=2"),
            _trial("vehicles", "false", "true", INTEGRATOR),
            _trial("interest_declaration", "false", "true", "policy.turnover_ratio=0"),
            _trial("impact_assessment", "false", "true", PRIME, *BUNDLE, "policy.turnover_ratio=0"),
            _trial("flow_down", "0", "1", PRIME),
            _trial("management_fee", "0", "0.1", PRIME),
            _trial("subcontract_payment_days", "10", "120", INTEGRATOR),
            _trial("pay_when_paid", "false", "true", INTEGRATOR, "policy.payment_days=90"),
            _trial("prompt_payment_days", "0", "10", INTEGRATOR, "policy.payment_days=90"),
            _trial("direct_payment", "false", "true", INTEGRATOR),
            _trial("direct_agreement", "false", "true", INTEGRATOR, *LARGER, FRAGILE),
            _trial("volume_guarantee", "0", "1", PRIME, "pathway=nhs_ten"),
            _trial("consent_right", "false", "true", PRIME, "pathway=nhs_ten"),
            _trial("monitoring", "0.1", "0.9", PRIME, "pathway=nhs_ten"),
            _trial("contract_manager", "false", "true", PRIME),
            _trial("step_in", "false", "true", INTEGRATOR, *LARGER, "policy.monitoring=0.6", "policy.duration_years=5"),
            _trial("enhanced_years", "1", "4", PRACTICES),
            _trial("enhanced_price", "1.0", "1.4", PRACTICES),
            _trial("quality_network_share", "0", "0.4", PRACTICES),
            _trial("quality_premium", "false", "true", PRACTICES),
            _trial("dominance_line", "0.1", "0.9"),
            _trial("merger_line", "0", "10000", *LARGER, "horizon_years=15"),
        ]
    )
)
WEIGHTS = ("price", "quality", "social_value", "integration")


@dataclass(frozen=True, slots=True)
class Moved:
    """A measure that differs between the two values in most seeds: the mean change, and in how many of how many."""

    measure: str
    change: Estimate
    differing: int


def overrides(trial: Trial, value: tuple[str, ...]) -> list[str]:
    """What is composed for one value: award criteria that are not set share what the others leave, in proportion."""
    given = [*BASE, *trial.setting, *value]
    set_weights = {w: float(o.partition("=")[2]) for o in given for w in WEIGHTS if o.startswith(f"policy.weight_{w}=")}
    if not set_weights:
        return given
    usual = {w: float(PolicySpec.model_fields[f"weight_{w}"].default) for w in WEIGHTS if w not in set_weights}
    rest = (1.0 - sum(set_weights.values())) / sum(usual.values())
    return [*given, *(f"policy.weight_{w}={share * rest:.12g}" for w, share in usual.items())]


def scenarios(lever: str) -> tuple[Scenario, Scenario]:
    """The two scenarios of a lever's trial.

    Raises:
        ConfigurationError: the setting names a variant that is not built.
    """
    trial = TRIALS[lever]
    low, high = (scenario_from_config(configuration(overrides(trial, value))) for value in (trial.low, trial.high))
    return low, high


def moved(low: Sequence[Mapping[str, Number]], high: Sequence[Mapping[str, Number]]) -> list[Moved]:
    """Measures that differ in most pairs, those that differ in most pairs first."""
    found = []
    for measure in summary_names():
        if measure in NO_EFFECT:
            continue
        pairs = [(a.get(measure), b.get(measure)) for a, b in zip(low, high, strict=True)]
        changes = [change(a, b) for a, b in pairs if a is not None and b is not None]
        differing = sum(c != 0.0 for c in changes)
        mean = estimate(changes)
        if mean is not None and differing > len(low) / 2:
            found.append(Moved(measure, mean, differing))
    return sorted(found, key=lambda m: (-m.differing, -abs(_ratio(m.change))))


def _ratio(found: Estimate) -> float:
    """Change in standard deviations, for the order in which measures are shown."""
    return found.mean / found.sd if found.sd else 0.0


def report(seeds: Sequence[int], only: Iterable[str] = (), workers: int | None = None) -> dict[str, list[Moved]]:
    """Run the trials and print what each lever moves."""
    chosen = list(only) or list(PolicySpec.model_fields)
    unknown = [lever for lever in chosen if lever not in TRIALS]
    if unknown:
        raise ConfigurationError(unknown[0], "is no lever with a trial; `PolicySpec` names them")
    tasks: dict[tuple[str, ...], Scenario] = {}
    missing: dict[str, str] = {}
    for lever in chosen:
        try:
            tasks[lever, "low"], tasks[lever, "high"] = scenarios(lever)
        except ConfigurationError as error:
            tasks.pop((lever, "low"), None)
            missing[lever] = str(error)
    done = run_all(tasks, seeds, workers)
    result: dict[str, list[Moved]] = {}
    for lever in chosen:
        trial = TRIALS[lever]
        values = f"{trial.low[0].partition('=')[2]} -> {trial.high[0].partition('=')[2]}"
        setting = f" with {' '.join(trial.setting)}" if trial.setting else ""
        print(f"{lever}: {values}{setting}")
        if lever in missing:
            print(f"    not run: {missing[lever]}")
            continue
        result[lever] = moved(done[lever, "low"], done[lever, "high"])
        for found in result[lever][:SHOWN]:
            width = "" if found.change.half_width is None else f" ± {found.change.half_width:.3g}"
            print(f"    {found.measure:36} {found.change.mean:+.4g}{width}  in {found.differing} of {len(seeds)}")
        more = len(result[lever]) - SHOWN
        if more > 0:
            print(f"    and {more} more")
        if not result[lever]:
            print("    moves nothing")
    idle = [lever for lever, found in result.items() if not found]
    print(f"\n{len(result) - len(idle)} of {len(result)} levers move something; nothing: {', '.join(idle) or 'none'}")
    return result


SHOWN = 6
"""Measures printed for each lever."""


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.levers", description=str(__doc__).split("\n")[0])
    parser.add_argument("--seeds", type=int, default=6, help="paired seeds, 2 or more")
    parser.add_argument("--only", default="", help="levers, such as flow_down,monitoring")
    parser.add_argument("--workers", type=int, default=None, help="processes; every core if left out")
    asked = parser.parse_args(argv)
    began = time.monotonic()
    report(range(1, asked.seeds + 1), [o for o in asked.only.split(",") if o], asked.workers)
    print(f"{asked.seeds} seeds, {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
