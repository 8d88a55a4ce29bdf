"""The documentation site is built strictly and offline, and every link of it leads somewhere."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from urllib.parse import unquote, urlsplit

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort

from caremarket.market.mechanisms import MechanismSpec

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
LESSONS = sorted(page for page in (DOCS / "lessons").glob("*.md") if page.stem != "index")
FETCHED = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src", "object": "data"}
"""Element -> attribute whose address a browser asks for by itself. What is behind `<a>` waits for a click."""


@dataclass
class Seen(HTMLParser):
    """What a built page links to, fetches, and can be linked to."""

    links: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if given.get(FETCHED.get(tag, "")) and given.get("rel") != "canonical":
            self.fetched.append(given[FETCHED[tag]])


def loaded(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Seen]:
    """Every page of the site, built with the settings of `make docs`: a warning stops it."""
    folder = tmp_path_factory.mktemp("site")
    build(load_config(str(ROOT / "mkdocs.yml"), site_dir=str(folder), strict=True))
    pages = {}
    for path in folder.rglob("*.html"):
        pages[path] = Seen()
        pages[path].feed(path.read_text(encoding="utf-8"))
    assert len(pages) > 40
    return pages


def of_site(pages: dict[Path, Seen]) -> Iterator[tuple[Path, str]]:
    """Page and address within the site, fetched or linked."""
    for path, seen in pages.items():
        if path.name != "404.html":  # its addresses are those of a server's root
            for address in [*seen.links, *seen.fetched]:
                if not urlsplit(address).scheme and not address.startswith("//"):
                    yield path, address


def test_every_link_and_anchor_leads_somewhere(site: dict[Path, Seen]) -> None:
    broken = []
    for path, address in of_site(site):
        parts = urlsplit(address)
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        if target.is_dir():
            target /= "index.html"
        anchor = unquote(parts.fragment)
        if not target.exists() or (anchor and target in site and anchor not in site[target].anchors):
            broken.append(f"{path.name}: {address}")
    assert not broken


def test_no_page_asks_another_host_for_anything(site: dict[Path, Seen]) -> None:
    asked = {address for seen in site.values() for address in seen.fetched if re.match(r"(\w+:)?//", address)}
    assert not asked
    root = next(path for path in site if path.name == "404.html").parent
    for style in root.rglob("*.css"):
        assert not re.findall(r"url\(\s*['\"]?(?:https?:)?//", style.read_text(encoding="utf-8")), style.name
    assert not [path for path, seen in site.items() if "mermaid" in path.read_text(encoding="utf-8")]


def test_a_broken_anchor_stops_the_build(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("# Start\n\n[there](#nowhere)\n")
    settings = re.search(r"^validation:\n(?:  .*\n)+", (ROOT / "mkdocs.yml").read_text(), re.M)
    assert settings is not None
    (tmp_path / "mkdocs.yml").write_text("site_name: x\nstrict: true\nplugins: []\n" + settings[0])
    with pytest.raises(Abort):
        build(load_config(str(tmp_path / "mkdocs.yml")))
    (tmp_path / "docs" / "index.md").write_text("# Start\n\n[there](#start)\n")
    build(load_config(str(tmp_path / "mkdocs.yml")))


def test_every_page_is_in_the_menu_and_every_howto_under_its_heading(site: dict[Path, Seen]) -> None:
    front = next(path for path in site if path.name == "404.html").with_name("index.html")
    menu = {urlsplit(link).path for link in site[front].links}
    for page in DOCS.rglob("*.md"):
        assert str(page.relative_to(DOCS).with_suffix(".html")) in menu, page.name


def test_the_code_s_pages_tell_of_its_parts(site: dict[Path, Seen]) -> None:
    anchors = {anchor for seen in site.values() for anchor in seen.anchors}
    for name in (
        "caremarket.runners.python_api.sweep",
        "caremarket.agents.model.CareMarket",
        "caremarket.market.ledger.Ledger",
    ):
        assert name in anchors


def test_diagrams_are_those_that_are_drawn_and_each_is_shown(site: dict[Path, Seen]) -> None:
    draw = loaded("docs_draw", DOCS / "diagrams" / "draw.py")
    files = {path.stem: path for path in (DOCS / "diagrams").glob("*.svg")}
    assert set(files) == set(draw.DIAGRAMS)
    text = (DOCS / "market-explained.md").read_text()
    shown = next(path for path in site if path.name == "market-explained.html").read_text(encoding="utf-8")
    for name, path in files.items():
        assert path.read_text(encoding="utf-8") == draw.DIAGRAMS[name]().svg(), "call docs/diagrams/draw.py"
        assert f"diagrams/{name}.svg" in text
    assert shown.count('class="cm"') == len(files)


def test_the_glossary_has_each_term_once_and_in_order() -> None:
    text = (DOCS / "glossary.md").read_text()
    sections = [re.findall(r"^(\S.*)\n:   ", part, re.M) for part in text.split("\n## ")[1:]]
    terms = [term for section in sections for term in section]
    assert len(terms) >= 60
    assert len(set(terms)) == len(terms)
    for section in sections:
        assert section == sorted(section, key=str.casefold)


@pytest.mark.parametrize("page", LESSONS, ids=lambda p: p.stem)
def test_a_lesson_says_what_the_validation_found(page: Path) -> None:
    verdicts = {v["id"]: v["verdict"] for v in json.loads((DOCS / "verdicts.json").read_text())}
    said = dict(re.findall(r"\*\*(H\d+)\*\*, (confirmed|refuted|undecided)", page.read_text()))
    assert said.items() <= verdicts.items()


@pytest.mark.parametrize("page", LESSONS, ids=lambda p: p.stem)
def test_a_lesson_is_complete(page: Path) -> None:
    text = page.read_text()
    for heading in ("Try it", "What to expect", "Questions for the class", "The mechanism"):
        assert f"\n## {heading}" in text
    switches = re.findall(r"mechanisms\.(\w+)=false", text)
    assert switches
    assert set(switches) <= set(MechanismSpec.model_fields)
    assert page.with_suffix(".ipynb").exists()
    figures = loaded("docs_figures", DOCS / "lessons" / "figures.py")
    places = re.findall(r"<!-- figures: ([\w-]+) -->\n(.*?)<!-- end of figures -->", text, re.S)
    assert places
    for name, written in places:
        assert f"```sh\n{figures.FIGURES[name].command}\n```" in written, "call docs/lessons/figures.py"
        assert written.count("\n| ") >= 3
