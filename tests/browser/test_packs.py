"""The pages of a pack as whoever receives the folder opens them: on a telephone, without a site."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from click.testing import CliRunner
from playwright.sync_api import Browser, Page

from matcher.__main__ import main

from .checkers import invalid

pytestmark = pytest.mark.browser

NEEDS = Path(__file__).parents[2] / "docs" / "exemples" / "besoins.csv"
ASKED = {"besoins": [str(NEEDS)], "panorama": ["--cohort", "epci:200006930"]}
"""A pack of needs that communes said, and one of a whole EPCI of the Lozère, theme by theme."""
LEAST_PX = 11
"""Smallest letters that are read on a telephone, pixels."""
SMALLEST = """() => Math.min(...[...document.body.querySelectorAll("*")]
  .filter((one) => [...one.childNodes].some((n) => n.nodeType === 3 && n.data.trim())
    && !one.closest("svg"))
  .map((one) => parseFloat(getComputedStyle(one).fontSize)))"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The page of each département, and the first sheet of a commune, of each pack."""
    found: list[Path] = []
    for name, asked in ASKED.items():
        folder = tmp_path_factory.mktemp(name)
        results, out = str(folder / "resultats"), folder / "paquet"
        for command in (
            ["batch", *asked, "--jobs", "1", "--out", results],
            ["pack", results, "--format", "html", "--out", str(out)],
        ):
            done = CliRunner().invoke(main, command)
            assert done.exit_code == 0, done.output
        found += [*sorted(out.glob("*.html")), *sorted(out.glob("communes/*.html"))[:1]]
    return found


@pytest.fixture
def telephone(chromium: Browser) -> Iterator[Page]:
    page = chromium.new_page(viewport={"width": 360, "height": 780})
    yield page
    page.close()


def test_the_pages_of_a_pack_are_read_on_a_telephone(pages: list[Path], telephone: Page) -> None:
    assert {page.parent.name for page in pages} == {"paquet", "communes"}
    for path in pages:
        telephone.goto(path.as_uri())
        wide, smallest = telephone.evaluate("document.documentElement.scrollWidth"), SMALLEST
        assert wide == 360, f"{path} sticks out"
        assert telephone.evaluate(smallest) >= LEAST_PX, path
        faults = Axe().run(telephone)
        assert faults.violations_count == 0, faults.generate_report()


def test_each_intercommunality_is_one_tap_away(pages: list[Path], telephone: Page) -> None:
    for path in (page for page in pages if page.name.startswith("departement")):
        telephone.goto(path.as_uri())
        links = telephone.locator("nav a[href^='#']")
        assert links.count() > 1
        for link in links.all():
            assert telephone.locator(link.get_attribute("href") or "").count() == 1


def test_the_html_of_the_pages_is_valid(pages: list[Path]) -> None:
    texts = {str(path): path.read_text(encoding="utf-8") for path in pages}
    assert invalid(texts) == []
