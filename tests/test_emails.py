"""Addresses: one bare address goes in, and is found again however people write it."""

import pytest

from web.casework.persons.addresses import address_of, email_finder


@pytest.mark.parametrize(
    "text",
    [
        "mairie@ville.fr",
        " mairie@ville.fr ",
        "mailto:mairie@ville.fr",
        "MAILTO:mairie@ville.fr?subject=Besoin",
        "Mairie de Ville <mairie@ville.fr>",
        "Mairie <mailto:mairie@ville.fr>;",
        "<mairie@ville.fr>",
    ],
)
def test_one_address_is_taken_out_of_what_stands_around_it(text: str) -> None:
    assert address_of(text) == "mairie@ville.fr"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("c@ville.fr;d@ville.fr", "une seule adresse"),
        ("c@ville.fr, d@ville.fr", "une seule adresse"),
        ("Mairie <c@ville.fr>, d@ville.fr", "une seule adresse"),
        ("c@ville.fr d@ville.fr", "une seule adresse"),
        ("mairie", "comme mairie@ville.fr"),
        ("@ville.fr", "comme mairie@ville.fr"),
        ("mairie@ville", "comme mairie@ville.fr"),
        ("ma irie@ville.fr", "comme mairie@ville.fr"),
        ("mairie@ville..fr", "comme mairie@ville.fr"),
        (".mairie@ville.fr", "comme mairie@ville.fr"),
        ("<>", "comme mairie@ville.fr"),
        ("a" * 10_000 + "@ville.fr", "comme mairie@ville.fr"),
    ],
)
def test_several_addresses_or_none_are_refused_in_french(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        address_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "écrire à a.b@ville.fr.",
        "A.B@VILLE.FR",
        "Mairie <a.b@ville.fr>",
        "mailto:a.b@ville.fr",
        "c@ville.fr;a.b@ville.fr",
        "a.b @ ville.fr",
        "a.b [at] ville.fr",
        "a.b(at)ville.fr",
        "a.b (arobase) ville.fr",
        "a.b arobase ville.fr",
        "a.b [at] ville [point] fr",
        "a.b%40ville.fr",
        "a.b&#64;ville.fr",
        "a.b@vil\u00adle.fr",
        "a.b@\nville.fr",
        "a.b@vil\nle.fr",
        "a.b\u200b@ville.fr",
    ],
)
def test_an_address_is_found_as_people_write_it(text: str) -> None:
    assert email_finder("a.b@ville.fr").search(text)
    assert not email_finder("a.b@ville.fr").search(email_finder("a.b@ville.fr").sub("", text))


@pytest.mark.parametrize(
    "text", ["xa.b@ville.fr", "a.b@ville.fr.org", "a.b@ville.frx", "aXb@ville.fr", "a.b ville.fr"]
)
def test_another_address_is_another(text: str) -> None:
    assert not email_finder("a.b@ville.fr").search(text)
