"""Hooks that extend MkDocs' settings in ``mkdocs.yml``: how-to guides in the menu, pages of the code, diagrams.

* Every ``docs/howto-*.md`` is in the menu under its own heading, sorted by it: a new guide needs no further entry.
* The reference of the code has a page for each package, made as the site is built. Nothing is imported.
* Abbreviations in the glossary are explained on every page.
* A diagram ``![description](diagrams/x.svg)`` is embedded in the page, so that it takes the page's colours.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {
    "market": "The institutions: contracts, forms, payments, procurement, the ledger, measures.",
    "agents": "Who decides, and the world they decide in (Mesa).",
    "experiments": "Designs, statistics, figures, reports, verdicts.",
    "runners": "The command, the runners, tracking.",
}
"""Package -> description; each package may import those before it."""
INTERFACE = "caremarket.runners.python_api"
"""The module with its own page, so that its names are on one page only."""


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Fill the menus that ``mkdocs.yml`` leaves empty; a page of ``docs/`` that it does not name is under *More*."""
    howto = sorted((heading(page), page.name) for page in Path(config.docs_dir).glob("howto-*.md"))
    _fill(config.nav, "How-to guides", [{title.removeprefix("How to ").capitalize(): name} for title, name in howto])
    pages = [{"caremarket": "reference/caremarket.md"}]
    pages += [{folder_name(folder): page_of(folder)} for folder in folders()]
    _fill(config.nav, "Code", pages)
    named = set(_named(config.nav))
    others = sorted(page for page in Path(config.docs_dir).glob("*.md") if page.name not in named)
    _fill(config.nav, "More", [{heading(page): page.name} for page in others])
    return config


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the pages of the code."""
    made = {"reference/caremarket.md": code_page("caremarket", [INTERFACE], "The interface of notebooks.")}
    for folder in folders():
        name = folder_name(folder)
        modules = [name, *(f"{name}.{path.stem}" for path in sorted(folder.glob("*.py")) if path.stem[0] != "_")]
        modules = [module for module in modules if module != INTERFACE]
        made[page_of(folder)] = code_page(name, modules, PACKAGES.get(folder.name, ""))
    for uri, text in made.items():
        files.append(File.generated(config, uri, content=text))
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Explain every abbreviation of the glossary on every page, except the pages of the code."""
    if page.file.src_uri.startswith("reference/"):
        return markdown
    told = (Path(config.docs_dir) / "glossary.md").read_text(encoding="utf-8")
    found = re.findall(r"^([A-Z][A-Za-z]*[A-Z][A-Za-z]*) \((.+)\)$", told, re.M)
    return markdown + "\n\n" + "\n".join(f"*[{short}]: {long}" for short, long in found) + "\n"


def on_page_content(content: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Embed diagrams in the page, and remove the roles from names in docstrings."""
    if page.file.src_uri.startswith("reference/"):
        content = re.sub(r":(?:class|func|meth|data|mod|attr|exc|doc):(?=<code>)", "", content)
        content = re.sub(r"<code>~(?:\w+\.)*(\w+)</code>", r"<code>\1</code>", content)
    diagrams = Path(config.docs_dir) / "diagrams"
    return re.sub(r'<img alt="([^"]*)" src="(?:\.\./)*diagrams/([\w-]+\.svg)" ?/?>', _inline(diagrams), content)


def heading(page: Path) -> str:
    """The first heading of a page; its file name if it has none."""
    found = re.search(r"^# (.+)$", page.read_text(encoding="utf-8"), re.M)
    return found[1].strip() if found else page.stem


def folders() -> list[Path]:
    """Every folder of the packages that has modules, package by package."""
    found = []
    for package in PACKAGES:
        inner = sorted({path.parent for path in (ROOT / package).rglob("*.py")})
        found += [folder for folder in inner if "__pycache__" not in folder.parts]
    return found


def folder_name(folder: Path) -> str:
    """``caremarket.agents.population`` for its folder."""
    return ".".join(["caremarket", *folder.relative_to(ROOT).parts])


def page_of(folder: Path) -> str:
    """Address of the folder's page within the documentation."""
    return f"reference/code/{folder_name(folder)}.md"


def code_page(name: str, modules: list[str], about: str) -> str:
    """A page of docstrings, with one section per module."""
    return (
        "---\nsearch: {exclude: true}\n---\n"
        + "\n\n".join([f"# {name}", about, *(f"::: {module}" for module in modules)])
        + "\n"
    )


def _fill(nav: Any, section: str, pages: list[dict[str, str]]) -> None:
    """Put pages into the empty section of that name anywhere in the menu; without pages the section is removed."""
    for entry in list(nav):
        for title, inner in list(entry.items()) if isinstance(entry, dict) else ():
            if title == section and pages:
                entry[title] = pages
            elif title == section:
                nav.remove(entry)
            elif isinstance(inner, list):
                _fill(inner, section, pages)


def _named(nav: Any) -> Iterator[str]:
    """Every page that the menu names."""
    for entry in nav if isinstance(nav, list) else nav.values():
        if isinstance(entry, str):
            yield entry
        else:
            yield from _named(entry)


def _inline(folder: Path) -> Any:
    def put(found: re.Match[str]) -> str:
        svg = (folder / found[2]).read_text(encoding="utf-8")
        svg = svg[svg.index("<svg") :].replace("<svg ", f'<svg aria-label="{found[1]}" ', 1)
        return f'<figure class="diagram">{svg}<figcaption>{html.escape(html.unescape(found[1]))}</figcaption></figure>'

    return put
