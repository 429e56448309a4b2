"""The PDF of an answer: tagged, complete, the same every day, and deaf to what looks like code."""

from __future__ import annotations

import re
import zlib
from contextlib import suppress
from xml.etree import ElementTree

import pytest
import typst

from matcher import Matcher, Need, NeedError, Stage, Theme
from matcher.catalogue.french import typographic
from matcher.reports import render_pdf
from matcher.reports.answer.seats import seats_map

OUTLINES = Matcher.embedded() / "reference" / "outlines"
NEED = Need(
    "34142",
    "Un collectif veut ouvrir une recyclerie avec un café dans une halle inoccupée.",
    (Theme.FONCIER,),
    Stage.CREATION,
)
HOSTILE = (
    '#panic("x") #sys.version #read("/etc/passwd") #import "a.typ"',
    "$ x^2 $ @ref <label> \\ \\u{41} \\#",
    "*gras* _italique_ `code` // commentaire /* bloc */ ~ -- --- ...",
    '"; } ] ) #] #} = Titre\n- liste\n+ liste\n/ terme: x',
    "♻️ 😀 👩🏽‍🌾 🇫🇷",
    "مقهى בית \u202e renversé \u200f",
    "日本語 हिन्दी ภาษา \U0001d54f",
    "\u0301\u0308 a\u0301 \ufffd \ue000 \u2028",
)


def document(matcher: Matcher, need: Need = NEED, top: int = 5) -> bytes:
    return render_pdf(matcher, need, matcher.match(need, top=top), OUTLINES)


def inside(content: bytes) -> bytes:
    """The document with its streams unpacked."""
    parts = [content]
    for packed in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.S):
        with suppress(zlib.error):
            parts.append(zlib.decompress(packed))
    return b"\n".join(parts)


def sent(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """What the template is given, call after call; it is compiled all the same."""
    calls: list[dict[str, str]] = []
    real = typst.compile

    def compiled(*args: object, **options: object) -> object:
        calls.append(options["sys_inputs"])  # type: ignore[arg-type]
        return real(*args, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(typst, "compile", compiled)
    return calls


def test_the_document_is_a_tagged_pdf_in_french_with_its_fonts(matcher: Matcher) -> None:
    content = inside(document(matcher))
    assert content.startswith(b"%PDF-1.7")
    assert b"/StructTreeRoot" in content and b"/Lang(fr" in content
    assert b"pdfuaid:part" in content
    assert b"Figtree" in content and b"/FontFile" in content


@pytest.mark.parametrize(("top", "most"), [(1, 1), (5, 2), (10, 3)])
def test_it_has_two_or_three_pages(matcher: Matcher, top: int, most: int) -> None:
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", inside(document(matcher, top=top)))) <= most


def test_the_template_is_given_all_that_the_suggestions_hold(
    matcher: Matcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = sent(monkeypatch)
    document(matcher)
    (data,) = calls
    for suggestion in matcher.match(NEED, top=5):
        assert typographic(suggestion.structure.name) in data["data"]
    for name in ("Lodève", "34142", "Hérault", "Licence Ouverte", NEED.text.split()[0]):
        assert name in data["data"]


def test_the_same_input_gives_the_same_bytes(matcher: Matcher) -> None:
    assert document(matcher) == document(matcher)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_user_typed_is_never_markup(matcher: Matcher, text: str) -> None:
    assert document(matcher, Need("34142", f"{text} recyclerie")).startswith(b"%PDF")


def test_only_what_no_font_has_is_replaced(
    matcher: Matcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = sent(monkeypatch)
    document(matcher, Need("34142", "recyclerie 😀 مقهى 日本 #x"))
    (data,) = calls
    assert " مقهى ? #x" in data["data"]


def test_an_answer_without_suggestions_says_so(matcher: Matcher) -> None:
    assert render_pdf(matcher, NEED, [], OUTLINES).startswith(b"%PDF")


def test_a_need_that_cannot_be_read_makes_no_document(matcher: Matcher) -> None:
    with pytest.raises(NeedError):
        render_pdf(matcher, Need("34142", ""), [], OUTLINES)


@pytest.mark.parametrize("insee", ["34142", "97411", "2A004", "29155", "75056"])
def test_the_map_has_the_near_seats_and_names_the_far_ones(matcher: Matcher, insee: str) -> None:
    commune = matcher.territory.communes[insee]
    suggestions = matcher.match(Need(insee, "recyclerie"))
    drawn = seats_map(commune, suggestions, matcher.territory, OUTLINES / "departements.geojson")
    root = ElementTree.fromstring(drawn.svg)
    width, height = (float(n) for n in root.attrib["viewBox"].split()[2:])
    pins = [rect for rect in root.iter("{http://www.w3.org/2000/svg}rect") if rect.get("rx")]
    for pin in pins:
        assert 0 <= float(pin.attrib["x"]) <= width and 0 <= float(pin.attrib["y"]) <= height
    said = {int(n) for n in re.findall(r"\d+", f"{drawn.near}, {drawn.far}")}
    assert said == {s.rank for s in suggestions if s.structure.seat}
    assert len(pins) == len(drawn.near.split(" ; ")) * bool(drawn.near)
    assert commune.name in drawn.svg
    assert len(drawn.svg) < 60_000
