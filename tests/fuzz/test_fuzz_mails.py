"""Whatever file is dropped as a mail, it is read, or refused in French: no traceback, no hang."""

from __future__ import annotations

import pytest
from damage import AWKWARD, TIMES, damaged, fuzzed, patiently
from hypothesis import given
from hypothesis import strategies as st
from test_mails import mail

from matcher.tables import repair
from web.casework.letters import mails
from web.casework.letters.mails import MAIL_MAX, Unreadable
from web.casework.persons.addresses import address_of, addresses_in, email_finder

PARTS = (
    b"From: a@b.fr\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nOui\r\n--x--\r\n"
)
MAILS = (
    mail(),
    mail(html="<p>Oui &amp; merci</p><style>p{}</style>"),
    PARTS,
    b"From: a@b.fr\r\nContent-Type: text/plain; charset=utf-7\r\n\r\nOui",
    b"From: =?utf-8?q?=C3=A9?= <a@b.fr>\r\nContent-Transfer-Encoding: base64\r\n\r\nT3Vp",
)


def read(data: bytes) -> None:
    """Read a mail, or be told in French."""
    try:
        with patiently():
            found = mails.parse(data)
            mails.guessed(found)
    except Unreadable as error:
        assert str(error).startswith("Ce ")
    else:
        assert "@" in found.sender
        f"{found.subject} {found.text}".encode()  # a page can show it


@fuzzed(150)
@given(damaged(MAILS) | st.sampled_from(AWKWARD).map(lambda v: v.encode("utf-8", "surrogatepass")))
def test_a_damaged_mail_is_read_or_refused(data: bytes) -> None:
    read(data)


EVERY_DAY = ("<!--", "a ", '"', " ", "\r", "\n--x\n")
ENDLESS = (
    *("(", "<", "[", ",", ";", "\\", "\t", "=?", "=?a?q?", "<a ", "&", "<p>", "</", "<![", "\n "),
    *("e@f.fr,", "\u00ad", "Le a écrit", "&amp;", "Ã©", "-\n", "MR-ABCD-", "<<p>"),
)
"""What a reader may take the square of its length for: all of it in a long run."""


@pytest.mark.parametrize("piece", EVERY_DAY if TIMES == 1 else (*EVERY_DAY, *ENDLESS))
@pytest.mark.parametrize("place", ["From", "Content-Type", "texte", "page"])
def test_a_mail_that_repeats_itself_to_its_limit_ends(piece: str, place: str) -> None:
    """As large as a mail may be: what takes the square of its length would not end."""
    fields = {"From": "a@b.fr", "Subject": "Re", "Date": "Tue, 3 Nov 2026 14:30:00 +0000"}
    fields["Content-Type"] = f"text/{'html' if place == 'page' else 'plain'}; charset=utf-8"
    long = piece * ((MAIL_MAX - 1_000) // len(piece.encode()))
    if place in fields:
        fields[place] += " " + long.replace("\n", "\n ")
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    read(f"{head}\r\n{'' if place in fields else long}".encode()[:MAIL_MAX])


def test_a_mail_of_parts_that_are_long_to_read_ends() -> None:
    parts = b"".join(b"--x\r\nContent-Type: " + b'"' * 20_000 + b"\r\n\r\n" for _ in range(60))
    read(b"From: a@b.fr\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" + parts)


@pytest.mark.parametrize(
    ("piece", "end"),
    [("<!--", ""), ("<", "p>"), ("<p ", ""), ("&", ";"), ("&amp;", ""), ("a-\n", ""), ("Ã", "©")],
)
def test_a_text_that_is_damaged_without_end_is_mended(piece: str, end: str) -> None:
    count = 20_000
    with patiently():
        found = repair(piece * count + end * count)
        assert repair(found.text).text == found.text


@fuzzed(30)
@given(st.lists(st.sampled_from((*AWKWARD, "a@b.fr", "@", ".", " [at] ", "mailto:")), max_size=6))
def test_any_address_is_taken_or_refused_and_found_again(parts: list[str]) -> None:
    written = "".join(parts)
    with patiently():
        addresses_in(written)
        try:
            address = address_of(written)
        except ValueError as error:
            assert "adresse" in str(error)
        else:
            assert email_finder(address).search(f"écrire à {address} vite")
