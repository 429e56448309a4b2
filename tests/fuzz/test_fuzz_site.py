"""Whatever is asked of a page, or sent to a form, is answered or refused: never our error."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from casework import NEED, Space, token_of
from damage import AWKWARD, fuzzed, patiently
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.routing import Rule

import web
from matcher import Matcher, Stage, Theme
from web.access import Role
from web.casework.states import Declined, State, Step
from web.casework.store import schema
from web.casework.store.database import Database

TEMPLATES = Path(web.__file__).parent / "templates"
APART = frozenset({"static", "security.logout", "security.change_password"})
"""What would end the session of the test, or reads no more than a file."""
CODES = [str(code) for terms in (Theme, Stage, State, Step, Declined) for code in terms]
SAID = (
    *(*CODES, "34142", "Lodève", "cress-occitanie", "avise", "departement:34", "oui", "1", "2"),
    *("2026-11-29", "29/02/2028", "2027-13-45", "9999-12-31", "0001-01-01", "24:00"),
    *(
        "mairie@ville.fr",
        "cress-occitanie:envoyee",
        "avise:juste",
        "MR-AAAA-AAAA-AAAA",
        *NEED["besoin"].split(),
    ),
)
"""What fields of the site expect."""


def names() -> list[str]:
    """Names of all the fields of the forms: those of the templates and of the classes."""
    found = set()
    for page in TEMPLATES.rglob("*.html"):
        found |= set(re.findall(r'name="(\w+)"', page.read_text(encoding="utf-8")))
    for module in Path(web.__file__).parent.rglob("*.py"):
        text = module.read_text(encoding="utf-8")
        found |= set(re.findall(r"^    (\w+) = \w*Field\(", text, re.MULTILINE))
        found |= set(re.findall(r"request\.(?:form|args)(?:\.get(?:list)?)?[\[(]\"(\w+)\"", text))
    return sorted(found - {"csrf_token", "viewport", "robots"})


NAMES = names()


@pytest.fixture(scope="module")
def space(matcher: Matcher, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Space]:
    """The site with a dossier that goes on, and a lead and an administrator who are signed in."""
    folder = tmp_path_factory.mktemp("site")
    url = f"sqlite:///{folder / 'maillage.sqlite'}"
    schema.upgrade(Database(url))
    opened = Space.open(matcher, url, folder / "cles.json")
    opened.client("lea", Role.LEAD), opened.client("ada", Role.ADMIN)
    yield opened
    opened.close()


@st.composite
def asked(
    draw: st.DrawFn, rules: list[Rule], known: tuple[str, ...]
) -> tuple[str, str, dict, bool]:
    """Method, address, fields, and whether they go in the address."""
    value = st.sampled_from((*AWKWARD, *SAID, *known)) | st.text(max_size=12)
    rule = draw(st.sampled_from(rules))
    method = draw(st.sampled_from(sorted(set(rule.methods or ()) - {"HEAD", "OPTIONS"})))
    parts = {}
    for name in rule.arguments:
        number = type(rule._converters[name]).__name__ == "IntegerConverter"
        parts[name] = draw(st.sampled_from((0, 1, 2, 2**40)) if number else value)
    sent = draw(
        st.dictionaries(
            st.sampled_from(NAMES), st.lists(value, max_size=3), min_size=3, max_size=12
        )
    )
    try:
        address = rule.build(parts)
    except (ValueError, UnicodeEncodeError):
        address = None  # such a part is in no address
    return method, address[1] if address else "/", sent, method == "GET" or draw(st.booleans())


def test_whatever_is_sent_is_answered_or_refused(space: Space) -> None:
    reference = space.receive()
    tokens = {name: token_of(c.get("/espace/mot-de-passe").text) for name, c in _staff(space)}
    form = space.app.test_client().get("/mise-en-relation?commune=34142&besoin=x").text
    rules = [r for r in space.app.url_map.iter_rules() if r.endpoint not in APART]
    known = (reference, *re.findall(r'name="jeton"[^>]*value="([^"]+)"', form))
    clients = dict(_staff(space))

    @fuzzed(150)
    @given(asked(rules, known), st.sampled_from(sorted(clients)))
    def answered(one: tuple[str, str, dict, bool], who: str) -> None:
        method, path, sent, in_address = one
        sent = {
            name: [v.encode("utf-8", "replace").decode() for v in said]
            for name, said in sent.items()
        }
        data = {"csrf_token": tokens[who], "jeton": known[-1], **({} if in_address else sent)}
        with patiently():
            answer = clients[who].open(
                path,
                method=method,
                query_string=sent if in_address else None,
                data=None if method == "GET" else data,
            )
        assert answer.status_code < 500, (method, path, sent, answer.text[-300:])
        answer.close()

    answered()


def _staff(space: Space) -> Iterator[tuple[str, FlaskClient]]:
    yield from space.clients.items()
