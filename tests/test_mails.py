"""A mail that is dropped: filed to its dossier, its step proposed with its day, nothing run."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from html import unescape
from pathlib import Path

import pytest
from casework import Space, sent, token_of
from hypothesis import given, settings
from hypothesis import strategies as st
from test_replies import A, B, Letters
from werkzeug.test import TestResponse

from matcher import Matcher
from web.casework.audit import Action
from web.casework.dossiers import dossiers
from web.casework.letters import mails
from web.casework.letters.mails import MAIL_MAX, Unreadable
from web.casework.states import Step

DAY = datetime(2026, 11, 3, 14, 30, tzinfo=UTC)
REFERENCE = "MR-ABCD-EFGH-IJKL"


def mail(
    text: str = "Oui, volontiers.",
    subject: str = f"Re: {REFERENCE}",
    sender: str = "contact@villagesvivants.com",
    date: str | None = None,
    html: str = "",
) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "aide@agence.fr", subject
    message["Date"] = date or format_datetime(DAY)
    if html:
        message.set_content(html, subtype="html")
    else:
        message.set_content(text)
    return message.as_bytes()


def test_a_mail_tells_its_dossier_its_sender_its_day_and_its_words() -> None:
    read = mails.parse(mail("Oui, volontiers.\n\nLe 2 novembre, Léa a écrit :\n> Pouvez-vous ?"))
    assert (read.reference, read.sender) == (REFERENCE, "contact@villagesvivants.com")
    assert (read.sent_at, read.text) == (DAY, "Oui, volontiers.")


def test_the_reference_may_stand_in_what_is_quoted() -> None:
    read = mails.parse(mail(f"D’accord.\n> Dossier {REFERENCE}", subject="Re: votre message"))
    assert (read.reference, read.text) == (REFERENCE, "D’accord.")


def test_a_page_is_read_as_words_and_nothing_of_it_runs() -> None:
    page = "<style>p{}</style><p>Oui &amp; merci</p><script>alert(1)</script><img onerror=y>"
    assert mails.parse(mail(html=page)).text == "Oui & merci"


@pytest.mark.parametrize("date", ["demain", "Thu, 1 Jan 2999 10:00:00 +0000", "Mon, 99 Foo"])
def test_a_day_that_cannot_be_is_not_believed(date: str) -> None:
    raw = mail().replace(format_datetime(DAY).encode(), date.encode())
    assert mails.parse(raw).sent_at is None


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("Oui, avec plaisir.", Step.ACCEPTED),
        ("Malheureusement nous ne pouvons pas.", Step.DECLINED),
        ("Nous sommes intéressés, mais pas avant janvier.", Step.LATER),
        ("Ce besoin ne correspond pas à notre métier, d’accord ?", Step.DECLINED),
        ("Bien reçu.", None),
    ],
)
def test_an_answer_is_guessed_from_its_words(text: str, step: Step | None) -> None:
    assert mails.guessed(mails.parse(mail(text))) is step


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"bonjour", b"x" * (MAIL_MAX + 1)])
def test_what_is_no_mail_is_told(data: bytes) -> None:
    with pytest.raises(Unreadable):
        mails.parse(data)


def test_a_mail_of_thousands_of_parts_within_parts_does_not_break_the_site() -> None:
    parts = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
        for n in range(3_000)
    )
    try:
        mails.parse(b"From: a@b.fr\r\n" + parts)
    except Unreadable as error:
        assert "trop de lignes" in str(error)


@settings(max_examples=60)
@given(st.binary(max_size=400), st.binary(max_size=200))
def test_no_bytes_break_the_site(head: bytes, tail: bytes) -> None:
    for data in (head + tail, b"From: a@b.fr\n" + head + b"\n\n" + tail, mail()[:100] + head):
        try:
            mails.parse(data)
        except Unreadable:
            continue


@pytest.mark.parametrize(
    ("address", "known"),
    [
        ("contact@villagesvivants.com", True),
        ("lea@mail.villagesvivants.com", True),
        ("contact@pasvillagesvivants.com", False),
        ("contact@gmail.com", False),
    ],
)
def test_an_address_belongs_to_a_site(address: str, known: bool) -> None:
    assert mails.is_of(address, ["www.villagesvivants.com", ""]) is known


@pytest.fixture
def letters(matcher: Matcher, database_url: str, tmp_path: Path) -> Iterator[Letters]:
    space = Space.open(matcher, database_url, tmp_path / "cles.json")
    yield Letters(space, A, B)
    space.close()


def drop(letters: Letters, data: bytes, **fields: str) -> TestResponse:
    token = token_of(letters.lea.get("/espace/courriels").text)
    given = {"csrf_token": token, "courriel": (io.BytesIO(data), "reponse.eml"), **fields}
    return letters.lea.post("/espace/courriels", data=given)


def file(letters: Letters, version: int, **fields: str) -> TestResponse:
    return sent(letters.lea, f"{letters.page}/courriel", letters.page, version=version, **fields)


def test_a_dropped_mail_is_filed_with_its_step_and_its_true_day(letters: Letters) -> None:
    before = letters.version
    shown = drop(letters, mail(subject=f"Re: besoin {letters.reference}"))
    page = unescape(shown.text)
    assert shown.status_code == 200 and "Rien n’est encore enregistré" in page
    assert f'value="{B}:acceptee" selected' in page and 'value="2026-11-03"' in page
    assert letters.version == before and letters.one(B).step == Step.SENT
    text = "Courriel du 03/11/2026 : oui"
    with letters.space.database.writing() as session:  # it was sent before that day
        one = dossiers.find(session, letters.reference).introductions[1]
        one.sent_at = datetime(2026, 11, 1, tzinfo=UTC)
    answer = file(letters, before, texte=text, etape=f"{B}:acceptee", jour="2026-11-03")
    assert answer.status_code == 303, answer.text
    one = letters.one(B)
    assert one.step == Step.ACCEPTED and one.answered_at is not None
    assert one.answered_at.date() == DAY.date()
    assert text in unescape(letters.lea.get(letters.page).text)
    assert len(letters.logged(Action.MAIL_FILED)) == 1


def test_a_mail_filed_twice_is_filed_once(letters: Letters) -> None:
    version = letters.version
    assert file(letters, version, texte="Un courriel").status_code == 303
    assert file(letters, version, texte="Un courriel").status_code == 409
    assert file(letters, letters.version, texte="Un courriel").status_code == 409
    assert len(letters.logged(Action.MAIL_FILED)) == 1


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"texte": ""}, "Gardez au moins une phrase"),
        ({"texte": "x", "etape": f"{B}:acceptee", "jour": "2999-01-01"}, "est à venir"),
        ({"texte": "x", "etape": f"{B}:acceptee", "jour": "hier"}, "s’écrit comme"),
        ({"texte": "x", "etape": f"{B}:declinee", "jour": "2026-11-03"}, "Choisissez un motif"),
        ({"texte": "x", "etape": f"{B}:plus_tard", "jour": "2026-11-03"}, "à partir de quelle"),
    ],
)
def test_what_is_missing_of_a_mail_is_asked_for(
    letters: Letters, fields: dict[str, str], told: str
) -> None:
    answer = file(letters, letters.version, **fields)
    assert answer.status_code == 400 and told in unescape(answer.text)
    assert letters.one(B).step == Step.SENT and not letters.logged(Action.MAIL_FILED)


def test_a_mail_of_a_dossier_of_others_is_not_filed(letters: Letters) -> None:
    answer = drop(letters, mail())
    assert answer.status_code == 404 and "Aucun de vos dossiers" in answer.text
    zoe = letters.space.client("zoe")
    token = token_of(zoe.get("/espace/courriels").text)
    raw = mail(subject=letters.reference)
    given = {"csrf_token": token, "courriel": (io.BytesIO(raw), "reponse.eml")}
    assert zoe.post("/espace/courriels", data=given).status_code == 404


def test_a_mail_without_a_reference_takes_the_one_that_is_typed(letters: Letters) -> None:
    assert drop(letters, mail(subject="Bonjour")).status_code == 400
    typed = drop(letters, mail(subject="Bonjour"), reference=letters.reference.lower())
    assert typed.status_code == 200


@pytest.mark.parametrize(("data", "code"), [(b"", 400), (b"x" * (MAIL_MAX + 1), 400)])
def test_a_file_that_is_no_mail_is_told_on_the_page(
    letters: Letters, data: bytes, code: int
) -> None:
    assert drop(letters, data).status_code == code


def test_what_a_mail_says_is_shown_as_text(letters: Letters) -> None:
    shown = drop(letters, mail("<script>alert(1)</script>", subject=letters.reference)).text
    assert "<script>alert" not in shown and "&lt;script&gt;" in shown
