"""What judges pages beside axe, as `tests/install_checkers.sh` brings it: IBM's engine, and vnu."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

BROUGHT = Path(__file__).resolve().parents[2] / ".cache" / "checkers"
ENGINE = "accessibility-checker-engine-*/ace.js"
VALIDATOR = "vnu-jar-*/build/dist/vnu.jar"
POLICY = "IBM_Accessibility"
EXCEPT = frozenset(
    {"element_tabbable_role_valid", "aria_form_label_unique", "aria_landmark_name_unique"}
)
"""A region that scrolls, or a map, is reached by keyboard: axe asks what the first rule refuses.
The two others take a form without a name for a landmark, which it is not (ARIA in HTML)."""
CHECK = """async ([policy]) => {
  document.querySelectorAll("details").forEach((one) => { one.open = true; });
  const { results } = await new window.ace.Checker().check(document, [policy]);
  return results.filter((one) => one.value.join() === "VIOLATION,FAIL")
    .map((one) => [one.ruleId, `${one.ruleId} : ${one.message} ${one.snippet}`]);
}"""


def sound(page: Page) -> None:
    """No fault of accessibility that axe finds, in either theme."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        found = Axe().run(page)
        assert found.violations_count == 0, (page.url, scheme, found.generate_report())


def second_opinion(page: Page) -> list[str]:
    """What IBM's engine is sure that a page does wrong, all that is folded being opened."""
    page.evaluate(f"{_engine()};window.ace = ace; 0")
    return [said for rule, said in page.evaluate(CHECK, [POLICY]) if rule not in EXCEPT]


def invalid(pages: Mapping[str, str]) -> list[str]:
    """What the validator says of some pages, by address."""
    with TemporaryDirectory() as folder:
        names = {}
        for number, (address, html) in enumerate(pages.items()):
            place = Path(folder) / f"{number}.html"
            place.write_text(html, encoding="utf-8")
            names[place.name] = address
        asked = ["java", "-jar", str(_brought(VALIDATOR)), "--format", "json", "--stdout"]
        done = subprocess.run(
            [*asked, "--exit-zero-always", folder], capture_output=True, check=True, text=True
        )
    return [
        f"{names[Path(one['url']).name]}, line {one.get('lastLine')} : {one['message']}"
        for one in json.loads(done.stdout)["messages"]
    ]


@cache
def _engine() -> str:
    return _brought(ENGINE).read_text(encoding="utf-8")


def _brought(pattern: str) -> Path:
    found = next(BROUGHT.glob(pattern), None)
    if found is None:
        pytest.skip(
            "tests/install_checkers.sh brings what judges here: its registry was not reached"
        )
    return found
