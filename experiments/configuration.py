"""From composed YAML to a typed, range-checked scenario, with errors one can act upon.

Everything wrong with a request is said in one line that names the configuration key as it is written on the
command line, the value found there, and what is allowed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import annotated_types
from pydantic import BaseModel, ConfigDict, Field, StrictInt, ValidationError
from pydantic_core import ErrorDetails

from caremarket.experiments.extensions import check_in_use
from caremarket.market.errors import ConfigurationError
from caremarket.market.levers import PolicySpec
from caremarket.market.scenario import MarketSpec, Registers, Roster, Scenario

NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"
SEED_LIMIT = 2**63
LOADER_KEYS = ("ods_dir", "ods_as_of", "ods_regions", "patients_csv", "roster")
"""Keys of ``market`` that name files rather than values; ``roster`` may also spell the roster out."""


class TrackingSpec(BaseModel):
    """Where results are tracked: ``kind`` is ``mlflow`` or ``none``; ``uri`` null means the local store.

    ``figures`` says whether figures of a single run go there as well.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["mlflow", "none"] = "mlflow"
    uri: str | None = None
    figures: bool = False


class Request(BaseModel):
    """What is asked for beside the scenario: seed, replicates, and where results go."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=NAME_PATTERN)
    seed: Annotated[StrictInt, Field(ge=0, lt=SEED_LIMIT)]
    replicates: Annotated[StrictInt, Field(ge=1, le=1_000_000)]
    output_root: str = Field(min_length=1)
    tracking: TrackingSpec


SCENARIO_KEYS = frozenset(Scenario.model_fields) - {"pathways"} | {"pathway"}
REQUEST_KEYS = frozenset(Request.model_fields) | {
    "design",
    "search",
    "runner",
    "scenario",
    "experiment",
    "validate",
    "extensions",
}


def request_from_config(config: Mapping[str, Any]) -> Request:
    """Check what is asked for beside the scenario.

    Raises:
        ConfigurationError: a key is missing, of the wrong type or out of range.
    """
    try:
        return Request.model_validate({k: config[k] for k in Request.model_fields if k in config})
    except ValidationError as error:
        raise _first_error(error, Request, ()) from None


def scenario_from_config(config: Mapping[str, Any], files: MarketFiles | None = None) -> Scenario:
    """Build the scenario a composed configuration describes, reading the register and roster files it names.

    Args:
        config: composed configuration as plain dictionaries, ``pathway`` being name -> figures.
        files: where files already read are kept; pass one for many scenarios of the same request.

    Raises:
        ConfigurationError: names the key or file at fault and what is allowed.
    """
    unknown = sorted(set(map(str, config)) - SCENARIO_KEYS - REQUEST_KEYS)
    if unknown:
        raise _unknown_key(unknown[0], SCENARIO_KEYS | REQUEST_KEYS)
    check_in_use(config)
    market, roster = _market(config.get("market"), files or MarketFiles())
    pathways = _pathways(config.get("pathway"))
    if roster is not None and roster.pathways:
        pathways = [p.model_dump() for p in sorted(roster.pathways, key=lambda p: p.name)]
    fields = {k: config[k] for k in sorted(SCENARIO_KEYS - {"pathway", "market"}) if k in config}
    fields |= {"market": market, "pathways": pathways}
    names = tuple(str(p["name"]) for p in pathways)
    _check_kinds(fields, (), names)
    try:
        scenario = Scenario.model_validate(fields)
    except ValidationError as error:
        raise _first_error(error, Scenario, names) from None
    _check_calendar(scenario)
    _check_choices(scenario)
    return scenario


REBUILT = frozenset({"policy", "behaviour", "mechanisms", "horizon_years"})
"""Sections that can be checked by themselves against a scenario whose other sections are known to be right."""


def scenario_with(base: Scenario, config: Mapping[str, Any], sections: Collection[str]) -> Scenario:
    """``base`` with some ``sections`` of :data:`REBUILT` as in ``config``: a tenth of the work of building it anew.

    Raises:
        ConfigurationError: names the key at fault and what is allowed.
    """
    names = tuple(p.name for p in base.pathways)
    changed = {section: config[section] for section in sorted(sections)}
    _check_kinds(changed, (), names)
    fields = {name: getattr(base, name) for name in Scenario.model_fields}
    try:
        scenario = Scenario.model_validate(fields | changed)
    except ValidationError as error:
        raise _first_error(error, Scenario, names) from None
    _check_calendar(scenario)
    _check_choices(scenario)
    return scenario


class MarketFiles:
    """Reads the files a ``market`` section names, each once."""

    def __init__(self) -> None:
        self._registers: dict[tuple[str, str, str | None], Registers] = {}
        self._rosters: dict[str, Roster] = {}

    def registers(self, ods_dir: str, as_of: str, patients_csv: str | None) -> Registers:
        """The ODS registers of ``ods_dir`` as of an ISO date, with list sizes if a patients CSV is given."""
        from caremarket.agents.population import read_registers

        key = (ods_dir, as_of, patients_csv)
        if key not in self._registers:
            self._registers[key] = read_registers(ods_dir, as_of, patients_csv)
        return self._registers[key]

    def roster(self, path: str) -> Roster:
        """The roster in the YAML file ``path``."""
        from caremarket.agents.population import read_roster

        if path not in self._rosters:
            self._rosters[path] = read_roster(path)
        return self._rosters[path]


def _market(section: Any, files: MarketFiles) -> tuple[dict[str, Any], Roster | None]:
    """The ``market`` section with its files read in; loader keys are used up."""
    if not isinstance(section, Mapping):
        raise ConfigurationError("market", "must be a section; choose one with market=local, ods or roster")
    unknown = sorted(set(map(str, section)) - set(MarketSpec.model_fields) - set(LOADER_KEYS))
    if unknown:
        allowed = set(MarketSpec.model_fields) | set(LOADER_KEYS)
        raise _unknown_key(f"market.{unknown[0]}", {f"market.{k}" for k in allowed - {"registers"}})
    market = {k: v for k, v in section.items() if k not in LOADER_KEYS}
    source = section.get("source", "synthetic")
    roster: Roster | None = None
    if source == "ods":
        fill = dict(section.get("register_fill") or {})
        as_of = str(section.get("ods_as_of") or fill.get("as_of") or "2015-11-27")
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", as_of):
            raise ConfigurationError("market.ods_as_of", f"{as_of!r} is no date; write it as YYYY-MM-DD")
        market["register_fill"] = {**fill, "as_of": as_of}
        ods_dir = _path(section, "ods_dir", "the folder with eccg.csv, epraccur.csv and etr.csv")
        patients = section.get("patients_csv")
        registers = files.registers(ods_dir, as_of, None if patients is None else str(patients))
        market["registers"] = _within(registers, section.get("ods_regions"))
    elif source == "roster":
        roster = _roster(section, files)
        market["roster"] = roster
    return market, roster


def _within(registers: Registers, regions: Any) -> Registers:
    """The part of the registers that lies in some regions, by their codes; all of them if none is named."""
    if not regions:
        return registers
    if isinstance(regions, str) or not isinstance(regions, Collection):
        raise ConfigurationError("market.ods_regions", "must be a list of codes of regions, such as [Y58,Y60]")
    for region in regions:
        check_choice("market.ods_regions", str(region), {c.region for c in registers.ccgs})
    wanted = {str(region) for region in regions}
    ccgs = tuple(c for c in registers.ccgs if c.region in wanted)
    codes = {c.code for c in ccgs}
    return registers.model_copy(
        update={
            "ccgs": ccgs,
            "trusts": tuple(t for t in registers.trusts if t.region in wanted),
            "practices": tuple(p for p in registers.practices if p.ccg in codes),
        }
    )


def _roster(section: Mapping[str, Any], files: MarketFiles) -> Roster:
    """The roster a ``market`` section spells out, or the one in the file it names."""
    from caremarket.agents.population import checked_roster

    given = section.get("roster")
    if isinstance(given, str) or given is None:
        return files.roster(_path(section, "roster", "a YAML file that lists organisations and pathways"))
    return checked_roster(given)


def _path(section: Mapping[str, Any], key: str, what: str) -> str:
    value = section.get(key)
    if value is None or not str(value).strip():
        raise ConfigurationError(f"market.{key}", f"is not given; it must name {what}")
    return str(Path(str(value)).expanduser())


def _pathways(section: Any) -> list[dict[str, Any]]:
    """The ``pathway`` mapping as specifications sorted by name."""
    if not isinstance(section, Mapping):
        raise ConfigurationError("pathway", "must map each pathway's name to its figures")
    found: list[dict[str, Any]] = []
    for name in sorted(map(str, section)):
        spec = section[name]
        if spec is None:  # `pathway.msk=null` leaves a pathway out
            continue
        if not isinstance(spec, Mapping):
            raise ConfigurationError(f"pathway.{name}", "must be a section with the pathway's figures, or null")
        if "name" in spec:
            raise ConfigurationError(f"pathway.{name}.name", "is no key: a pathway's name is its key")
        found.append({**spec, "name": name})
    return found


def _check_calendar(scenario: Scenario) -> None:
    """Check the levers that reforms change as those of ``policy`` are checked."""
    for name, reform in scenario.calendar.items():
        try:
            _check_kinds({"policy": reform.policy}, (), ())
        except ConfigurationError as error:
            raise ConfigurationError(f"calendar.{name}.{error.key}", error.message) from None
    try:
        list(scenario.reforms())
    except ValidationError as error:
        found = _first_error(error, PolicySpec, ())
        levers = {found.key} if found.key in PolicySpec.model_fields else set(PolicySpec.model_fields)
        guilty = [n for n, r in scenario.calendar.items() if levers & set(r.policy) or found.key in r.policy]
        where = f"calendar.{guilty[0] if guilty else next(iter(scenario.calendar))}.policy"
        raise ConfigurationError(f"{where}.{found.key}" if found.key != "scenario" else where, found.message) from None


def _check_choices(scenario: Scenario) -> None:
    """Check every name of a variant against the registry that holds the variants."""
    from caremarket.agents.strategies import STRATEGIES
    from caremarket.agents.supplier_choice import SUPPLIER_CHOICES
    from caremarket.market.compatibility import clash
    from caremarket.market.federation_forms import FEDERATION_FORMS
    from caremarket.market.forms import FORMS
    from caremarket.market.levers import APPRAISE
    from caremarket.market.payments import PAYMENTS
    from caremarket.market.procurement import ROUTES

    check_choice("behaviour.strategy", scenario.behaviour.strategy, STRATEGIES)
    check_choice("behaviour.supplier_choice", scenario.behaviour.supplier_choice, SUPPLIER_CHOICES)
    policies = [("policy", scenario.policy)]
    policies += [(f"calendar.{name}.policy", policy) for name, _, policy in scenario.reforms()]
    for where, policy in policies:
        check_choice(f"{where}.form", policy.form, [*FORMS, APPRAISE])
        check_choice(f"{where}.payment", policy.payment, PAYMENTS)
        check_choice(f"{where}.route", policy.route, ROUTES)
        found = clash(policy)
        if found is not None:
            raise ConfigurationError(f"{where}.{found[0]}", found[1])
    for form in scenario.market.federation_forms:
        check_choice("market.federation_forms", form, FEDERATION_FORMS)
    if any(policy.form == APPRAISE for _, policy in policies):
        _check_appraisal(scenario)
    if scenario.market.roster is not None:
        for provider in scenario.market.roster.providers:
            if provider.federation_form is not None:
                where = f"market.roster: federation_form of {provider.id}"
                check_choice(where, provider.federation_form, FEDERATION_FORMS)
            if provider.strategy is not None:
                check_choice(f"market.roster: strategy of {provider.id}", provider.strategy, STRATEGIES)
            if provider.supplier_choice is not None:
                where = f"market.roster: supplier_choice of {provider.id}"
                check_choice(where, provider.supplier_choice, SUPPLIER_CHOICES)


def _check_appraisal(scenario: Scenario) -> None:
    """Check the forms that commissioners choose among, and the levers that go with each."""
    from caremarket.agents.procurement.options_appraisal import terms_with
    from caremarket.market.forms import FORMS
    from caremarket.market.payments import PAYMENTS
    from caremarket.market.procurement import ROUTES

    learning = scenario.behaviour.learning
    for form in learning.appraisal_forms:
        check_choice("behaviour.learning.appraisal_forms", form, FORMS)
        try:
            policy = terms_with(scenario.policy, form, learning.appraisal_terms.get(form, {}))
        except ValidationError as error:
            found = _first_error(error, PolicySpec, ())
            key = f"behaviour.learning.appraisal_terms.{form}.{found.key}"
            raise ConfigurationError(key, found.message) from None
        check_choice(f"behaviour.learning.appraisal_terms.{form}.payment", policy.payment, PAYMENTS)
        check_choice(f"behaviour.learning.appraisal_terms.{form}.route", policy.route, ROUTES)


def check_choice(key: str, value: str, allowed: Collection[str]) -> None:
    """Raise a :class:`ConfigurationError` for ``key`` unless ``value`` is one of ``allowed``."""
    if value not in allowed:
        choices = ", ".join(sorted(allowed))
        raise ConfigurationError(key, f"{value!r} is unknown; choose one of: {choices}{_guess(value, allowed)}")


def _guess(word: str, allowed: Iterable[str]) -> str:
    close = get_close_matches(word, list(allowed), n=1, cutoff=0.6)
    return f" (did you mean {close[0]}?)" if close else ""


def _unknown_key(key: str, allowed: Iterable[str]) -> ConfigurationError:
    known = sorted(allowed)
    leaf = [k.rpartition(".")[2] for k in known]
    return ConfigurationError(key, f"is no known key; allowed here: {', '.join(leaf)}{_guess(key, known)}")


def unknown_key(key: str, siblings: Iterable[str]) -> ConfigurationError:
    """The error for a dotted key that does not exist beside ``siblings``, bare names of the same level."""
    parent = key.rpartition(".")[0]
    return _unknown_key(key, [f"{parent}.{s}" if parent else s for s in siblings])


def _first_error(error: ValidationError, model: type[BaseModel], pathways: tuple[str, ...]) -> ConfigurationError:
    """The first thing pydantic found, in the user's own terms.

    A union reports one error per member; the first is as good as any.
    """
    details = error.errors(include_url=False)[0]
    location = details["loc"]
    key = _dotted(location, pathways)
    kind = details["type"]
    value = details["input"]
    if kind == "extra_forbidden":
        parent = _model_at(model, location[:-1])
        names = parent.model_fields if parent is not None else ()
        prefix = key.rpartition(".")[0]
        return _unknown_key(key, [f"{prefix}.{n}" if prefix else n for n in names if n != "name"])
    if kind == "missing":
        return ConfigurationError(key, "is missing")
    if location and location[-1] == "[key]":
        return ConfigurationError(key, f"is no known key; {details['msg']}")
    if kind == "value_error":
        return ConfigurationError(key or "scenario", str(details.get("ctx", {}).get("error", details["msg"])))
    return ConfigurationError(key, f"{_shown(value)} {_reason(details, allowed_values(model, location))}")


def _check_kinds(value: Any, location: tuple[int | str, ...], pathways: tuple[str, ...]) -> None:
    """Refuse true and false where a number belongs and numbers where true or false does; pydantic takes both."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            _check_kinds(inner, (*location, str(key)), pathways)
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            _check_kinds(inner, (*location, index), pathways)
    elif isinstance(value, bool | int | float):
        kinds = _kinds_at(location)
        if isinstance(value, bool) and kinds & {int, float} and bool not in kinds:
            what = "a number" if float in kinds else "a whole number"
        elif not isinstance(value, bool) and bool in kinds and not kinds & {int, float}:
            what = "true or false"
        else:
            return
        allowed = allowed_values(Scenario, location)
        shown = str(value).lower() if isinstance(value, bool) else str(value)
        limits = f"; allowed: {allowed}" if allowed else ""
        raise ConfigurationError(_dotted(location, pathways), f"{shown} is not {what}{limits}")


@lru_cache(maxsize=16_384)
def _kinds_at(location: tuple[int | str, ...]) -> frozenset[Any]:
    """The plain types allowed at a place of a scenario; kept, since a sweep checks the same places at every point."""
    return frozenset(_kinds(_annotation_at(Scenario, location)))


def _kinds(annotation: Any) -> set[Any]:
    """The plain types an annotation allows."""
    if get_origin(annotation) is Annotated:
        return _kinds(get_args(annotation)[0])
    args = get_args(annotation)
    return {kind for arg in args for kind in _kinds(arg)} if args else {annotation}


def _dotted(location: tuple[int | str, ...], pathways: tuple[str, ...]) -> str:
    parts = [str(p) for p in location if p != "[key]"]
    if parts and parts[0] == "pathways":
        parts[0] = "pathway"
        if len(parts) > 1 and parts[1].isdigit() and int(parts[1]) < len(pathways):
            parts[1] = pathways[int(parts[1])]
    return ".".join(parts)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"a {type(value).__name__}"


def _reason(details: ErrorDetails, allowed: str) -> str:
    kind = details["type"]
    if kind == "literal_error":
        return f"is unknown; choose one of: {allowed or details['msg']}"
    if kind in {"greater_than_equal", "greater_than", "less_than_equal", "less_than"}:
        return f"is out of range; allowed: {allowed or details['msg']}"
    if kind.startswith(("float", "int", "bool", "finite")):
        what = {"f": "a number", "i": "a whole number", "b": "true or false"}[kind[0]]
        return f"is not {what}" + (f"; allowed: {allowed}" if allowed else "")
    if kind == "string_pattern_mismatch":
        return f"does not fit the pattern {details.get('ctx', {}).get('pattern', '')}"
    return f"is wrong: {details['msg'][:1].lower()}{details['msg'][1:]}"


def allowed_values(model: type[BaseModel], location: tuple[int | str, ...]) -> str:
    """What the field at ``location`` may be, as a phrase: ``0 to 1``, ``above 0``, ``a, b, c``; "" if anything.

    Args:
        model: model the location starts from.
        location: as in pydantic's errors: field names, list indices and dictionary keys.
    """
    if not location:
        return ""
    parent = _model_at(model, location[:-1])
    field = parent.model_fields.get(str(location[-1])) if parent is not None else None
    if field is None:
        return ""
    choices = _literal(field.annotation)
    if choices:
        return ", ".join(choices)
    low, high = "", ""
    for mark in field.metadata:
        if isinstance(mark, annotated_types.Ge):
            low = f"{mark.ge:g}" if isinstance(mark.ge, float) else str(mark.ge)
        elif isinstance(mark, annotated_types.Gt):
            low = f"above {mark.gt}"
        elif isinstance(mark, annotated_types.Le):
            high = f"{mark.le:g}" if isinstance(mark.le, float) else str(mark.le)
        elif isinstance(mark, annotated_types.Lt):
            high = "below 2^63" if mark.lt == SEED_LIMIT else f"below {mark.lt}"
    if low and high:
        return f"{low} to {high}"
    if low:
        return low if low.startswith("above") else f"{low} or more"
    return f"at most {high}" if high else ""


def _model_at(model: type[BaseModel], location: tuple[int | str, ...]) -> type[BaseModel] | None:
    """The model that holds what is at ``location``."""
    found = _models(_annotation_at(model, location))
    return found[0] if found else None


def _annotation_at(annotation: Any, location: tuple[int | str, ...]) -> Any:
    """The type at ``location`` below ``annotation``, looking through containers and unions; None if there is none."""
    if not location:
        return annotation
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        field = annotation.model_fields.get(str(location[0]))
        return None if field is None else _annotation_at(field.annotation, location[1:])
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _annotation_at(args[0], location)
    if origin is dict:
        return _annotation_at(args[1], location[1:])
    if origin in (tuple, list):
        return _annotation_at(args[0], location[1:])
    found = (_annotation_at(arg, location) for arg in args)
    return next((f for f in found if f is not None), None)


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [m for arg in get_args(annotation) for m in _models(arg)]


def _literal(annotation: Any) -> list[str]:
    args = get_args(annotation)
    if args and all(isinstance(a, str) for a in args):
        return list(args)
    return []
