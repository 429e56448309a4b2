"""Moderation: what visitors propose is published once and with its source, or refused with why."""

import re
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from casework import Space, sent
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from matcher import Matcher
from matcher.upkeep import find_record
from web.access import Role
from web.casework import audit, moderation
from web.casework.dossiers.inbox import RequestKind
from web.casework.store.tables import AuditEntry, Proposal

PROJECT = {
    "fiche": None,
    "titre": "L’Épicerie du pont",
    "commune": "34142",
    "description": "Une épicerie coopérative\nen circuits courts, dans l’ancienne poste.",
    "source": "https://exemple.fr/epicerie",
    "courriel": "asso@exemple.fr",
}
CORRECTION = {
    "fiche": "avise",
    "titre": "Avise",
    "commune": None,
    "description": "Le site a changé d’adresse.",
    "source": "https://avise.org/nouveau",
    "courriel": None,
}
FIELDS = {
    "title": "L'Épicerie du pont",
    "insee": "Lodève",
    "themes": ["alimentation", "commerce_services_proximite"],
    "description": "Une épicerie coopérative en circuits courts.",
    "annee": "2025",
    "source_url": "https://exemple.fr/epicerie",
    "structure_ids": "CRESS Occitanie",
    "to_verify": "non",
}


@pytest.fixture
def space(matcher: Matcher, database_url: str, folder: Path, tmp_path: Path) -> Iterator[Space]:
    """The site on a copy of the data: what is accepted is written there."""
    opened = Space.open(matcher, database_url, tmp_path / "cles.json", DATA=folder)
    yield opened
    opened.close()


def proposed(space: Space, **changes: object) -> str:
    return space.receive(kind=RequestKind.PROJECT, **{**PROJECT, **changes})


def corrected(space: Space, **changes: object) -> str:
    return space.receive(kind=RequestKind.CORRECTION, **{**CORRECTION, **changes})


def page_of(reference: str) -> str:
    return f"/espace/propositions/{reference}"


def read(space: Space, reference: str) -> Proposal:
    with space.database.reading() as session:
        found = moderation.find(session, reference)
        session.expunge_all()
        return found


def test_the_moderator_reads_what_was_typed_for_the_commune(space: Space) -> None:
    reference = proposed(space, commune="34142", commune_saisie="Lodévois")
    assert read(space, reference).typed == "Lodévois"
    page = space.client("paul", Role.LEAD).get(page_of(reference)).text
    assert "saisi&nbsp;: «&nbsp;Lodévois&nbsp;»" in page


def actions(space: Space, reference: str) -> list[tuple[str, str]]:
    with space.database.reading() as session:
        rows: list[AuditEntry] = list(audit.history(session, reference))
        assert audit.verify(session).broken == ()
        return [(row.action, row.details) for row in rows]


def checked(client: FlaskClient, reference: str, **fields: object) -> dict[str, object]:
    """Check a record as its moderator does before publishing; gives the form to publish it."""
    path = page_of(reference)
    answer = sent(client, f"{path}/accepter", path, version=1, geste="relire", **fields)
    assert answer.status_code == 200, answer.text
    seen = re.search(r'name="vue" value="(\w+)"', answer.text)
    assert seen
    return {**fields, "version": 1, "geste": "publier", "vue": seen[1]}


def published(client: FlaskClient, reference: str, **fields: object) -> TestResponse:
    """Check a record, then publish it."""
    form = checked(client, reference, **fields)
    return sent(client, f"{page_of(reference)}/accepter", page_of(reference), **form)


def avise(folder: Path, **changes: str) -> dict[str, object]:
    """The form of that record as its page shows it, with some fields changed."""
    record = find_record(folder, "avise")
    lists = ("themes", "other_kinds", "stages", "audiences")
    fields: dict[str, object] = {
        name: value.split("|") if name in lists and value else value
        for name, value in record.fields.items()
    }
    return {**fields, "seat_insee": "75056", "fiche": "avise", "lue": record.version, **changes}


def test_the_queue_lists_what_waits_and_then_what_was_decided(space: Space) -> None:
    reference = proposed(space)
    client = space.client("lea")
    page = client.get("/espace/propositions").text
    assert reference in page and "L’Épicerie du pont" in page and "Lodève" in page
    path = page_of(reference)
    sent(client, f"{path}/refuser", path, version=1, motif="doublon", commentaire="Voir P002.")
    page = client.get("/espace/propositions").text
    assert "Aucune proposition n’attend" in page and "refusée" in page


def test_a_project_is_shown_with_its_themes_read_and_its_source(space: Space) -> None:
    page = space.client("lea").get(page_of(proposed(space))).text
    assert 'value="alimentation" checked' in page
    assert "https://exemple.fr/epicerie" in page and "asso@exemple.fr" in page
    assert 'value="Lodève (Hérault)"' in page
    assert "Publier" not in page  # first it is checked
    assert "comme les visiteurs la voient" not in page  # they do not see it yet


def test_a_project_is_checked_then_published_and_seen_at_once(space: Space, folder: Path) -> None:
    reference, client = proposed(space), space.client("lea")
    path = page_of(reference)
    before = (folder / "catalogue" / "projects.csv").read_bytes()
    shown = sent(client, f"{path}/accepter", path, version=1, geste="relire", **FIELDS)
    assert shown.status_code == 200 and "Publier ce projet" in shown.text
    assert "Commerce et services de proximité" in shown.text
    assert (folder / "catalogue" / "projects.csv").read_bytes() == before
    answer = published(client, reference, **FIELDS)
    assert answer.status_code == 303
    record = find_record(folder, reference).fields
    assert record["title"] == "L’Épicerie du pont" and record["structure_ids"] == "cress-occitanie"
    assert record["note"].startswith("Source vue le ")
    assert client.get(f"/projets/{reference}").status_code == 200
    decided = read(space, reference)
    assert (decided.verdict, decided.record, decided.version) == ("acceptee", reference, 2)
    assert decided.decided_at is not None and decided.account_id is not None
    assert f"/projets/{reference}" in client.get(path).text
    action, details = actions(space, reference)[-1]
    assert action == "proposition.decision" and reference in details


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"source_url": ""}, "la fiche cite sa source"),
        ({"source_url": "exemple.fr"}, "Adresse attendue"),
        ({"insee": "Nulle-Part-sur-Rien"}, "Nulle-Part-sur-Rien"),
        ({"structure_ids": "Personne"}, "Structure inconnue"),
        ({"themes": []}, "Sans thème"),
        ({"annee": "l’an dernier"}, "Nombre entier attendu"),
        ({"description": ""}, "Valeur obligatoire"),
        ({"title": "x" * 301}, "Plus de 300 caractères"),
    ],
)
def test_what_breaks_a_rule_is_said_beside_its_field_and_nothing_typed_is_lost(
    space: Space, folder: Path, changes: dict[str, object], said: str
) -> None:
    before = (folder / "catalogue" / "projects.csv").read_bytes()
    reference, client = proposed(space), space.client("lea")
    path = page_of(reference)
    fields = {**FIELDS, "organisation_porteuse": "Les Amis du pont", **changes}
    answer = sent(client, f"{path}/accepter", path, version=1, geste="publier", **fields)
    assert answer.status_code == 400
    assert said in answer.text and "Les Amis du pont" in answer.text
    assert (folder / "catalogue" / "projects.csv").read_bytes() == before
    assert read(space, reference).verdict == moderation.ProposalState.PENDING.value
    assert len(actions(space, reference)) == 1


def test_what_was_changed_after_the_check_is_shown_before_it_is_published(
    space: Space, folder: Path
) -> None:
    reference, client = proposed(space), space.client("lea")
    path = page_of(reference)
    form = checked(client, reference, **FIELDS) | {"title": "Un autre titre"}
    answer = sent(client, f"{path}/accepter", path, **form)
    assert answer.status_code == 200 and "<ins>Un autre titre</ins>" in answer.text
    assert read(space, reference).verdict == moderation.ProposalState.PENDING.value


def test_what_looks_alike_is_shown_before_publishing(space: Space) -> None:
    """Felletin has its « Ressourcerie Court-Circuit » (P002)."""
    reference = proposed(space, titre="La ressourcerie Court Circuit", commune="23079")
    page = space.client("lea").get(page_of(reference)).text
    assert "Est-ce déjà au catalogue" in page and "/projets/P002" in page
    other = proposed(space, titre="Cinéma d’été", commune="23079")
    assert "Est-ce déjà au catalogue" not in space.client("lea").get(page_of(other)).text


def test_a_correction_is_shown_as_what_was_and_what_would_be(space: Space, folder: Path) -> None:
    reference, client = corrected(space), space.client("lea")
    path = page_of(reference)
    page = client.get(path).text
    assert "Le site a changé d’adresse." in page
    assert '<a href="/structures/avise">La voir comme les visiteurs' in page
    assert "https://avise.org/nouveau" in page.partition("Ce qui changerait")[2]
    fields = avise(folder, website="https://avise.org/nouveau")
    shown = sent(client, f"{path}/accepter", path, version=1, geste="relire", **fields)
    assert "<del>https://avise.org</del>" in shown.text
    assert "<ins>https://avise.org/nouveau</ins>" in shown.text
    assert shown.text.count("<del>") == 1  # what is not touched does not change
    before = (folder / "catalogue" / "structures.csv").read_text(encoding="utf-8").split("\n")
    answer = published(client, reference, **fields)
    assert answer.status_code == 303
    after = (folder / "catalogue" / "structures.csv").read_text(encoding="utf-8").split("\n")
    changed = [line for line, old in zip(after, before, strict=True) if line != old]
    assert len(changed) == 1 and changed[0].startswith("avise,")
    assert "https://avise.org/nouveau" in client.get("/structures/avise").text
    assert read(space, reference).record == "avise"


def test_a_correction_of_nobody_knows_which_record_asks_for_it(space: Space) -> None:
    reference = corrected(space, fiche=None, titre="Ronalpia")
    client = space.client("lea")
    page = client.get(page_of(reference)).text
    assert "Quelle fiche faut-il corriger" in page and "fiche=ronalpia" in page
    assert "La fiche, à corriger" in client.get(f"{page_of(reference)}?fiche=ronalpia").text
    found = client.get(f"{page_of(reference)}?chercher=avise").text
    assert "fiche=avise" in found
    answer = sent(client, f"{page_of(reference)}/accepter", page_of(reference), version=1)
    assert answer.status_code == 400


def test_the_second_of_two_moderators_is_told_and_overwrites_nothing(
    space: Space, folder: Path
) -> None:
    reference = proposed(space)
    path, lea, max_ = page_of(reference), space.client("lea"), space.client("max", Role.LEAD)
    form = checked(max_, reference, **{**FIELDS, "title": "Autre"})
    assert published(lea, reference, **FIELDS).status_code == 303
    home = "/espace/propositions/" + proposed(space, titre="Autre")
    late = sent(max_, f"{path}/accepter", home, **form)
    assert late.status_code == 409 and "examinée par quelqu’un d’autre" in late.text
    refused = sent(max_, f"{path}/refuser", home, version=1, motif="doublon")
    assert refused.status_code == 409
    assert find_record(folder, reference).fields["title"] == "L’Épicerie du pont"
    assert read(space, reference).verdict == "acceptee"
    assert len(actions(space, reference)) == 2


def test_who_read_an_older_record_is_told_and_keeps_what_was_typed(
    space: Space, folder: Path
) -> None:
    first, second = corrected(space), corrected(space, titre="Avise encore")
    client, path = space.client("lea"), page_of(second)
    old = avise(folder, website="https://exemple.fr/b")
    new = avise(folder, website="https://exemple.fr/a")
    form = checked(client, second, **old)
    assert published(client, first, **new).status_code == 303
    late = sent(client, f"{path}/accepter", path, **form)
    assert late.status_code == 409 and "Cette fiche a changé" in late.text
    assert 'value="https://exemple.fr/b"' in late.text
    assert find_record(folder, "avise").fields["website"] == "https://exemple.fr/a"
    assert read(space, second).verdict == moderation.ProposalState.PENDING.value


def test_a_machine_that_stops_between_file_and_database_publishes_once(
    space: Space, folder: Path, matcher: Matcher
) -> None:
    reference, client = proposed(space), space.client("lea")
    publish, ada = moderation.publish, space.account("ada")

    def stopping(*args: object, **options: object) -> None:
        publish(*args, **options)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    with (
        patch.object(moderation, "publish", stopping),
        pytest.raises(KeyboardInterrupt),
        space.database.writing() as session,
    ):
        found = moderation.to_decide(session, reference, 1)
        edit = moderation.Edit(
            None, {**FIELDS, "themes": "alimentation", "insee": "34142", "structure_ids": ""}
        )  # type: ignore[dict-item]
        moderation.accept(session, matcher, folder, found, edit, ada)
    assert find_record(folder, reference).fields["title"] == "L’Épicerie du pont"
    assert read(space, reference).verdict == moderation.ProposalState.PENDING.value
    answer = published(client, reference, **FIELDS)
    assert answer.status_code == 303
    text = (folder / "catalogue" / "projects.csv").read_text(encoding="utf-8")
    assert text.count(reference) == 1
    assert find_record(folder, reference).fields["structure_ids"] == "cress-occitanie"
    assert [action for action, _ in actions(space, reference)].count("proposition.decision") == 1


def test_a_full_disk_decides_nothing(space: Space, folder: Path) -> None:
    reference, client = proposed(space), space.client("lea")
    path = page_of(reference)
    form = checked(client, reference, **FIELDS)
    with patch("matcher.catalogue.files.os.replace", side_effect=OSError(28, "plein")):
        answer = sent(client, f"{path}/accepter", path, **form)
    assert answer.status_code == 503 and "rien n’est publié" in answer.text
    assert "Une épicerie coopérative en circuits courts." in answer.text
    assert read(space, reference).verdict == moderation.ProposalState.PENDING.value
    assert len(actions(space, reference)) == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"motif": ""}, "Choisissez un motif"),
        ({"motif": "parce que"}, "Choisissez un motif"),
        ({"motif": "doublon", "commentaire": "x" * 1_001}, "1000 caractères au plus"),
    ],
)
def test_a_refusal_asks_for_its_reason_and_keeps_the_comment(
    space: Space, fields: dict[str, str], said: str
) -> None:
    reference, client = proposed(space), space.client("lea")
    path = page_of(reference)
    sending = {"commentaire": "Déjà vu ailleurs.", **fields}
    answer = sent(client, f"{path}/refuser", path, version=1, **sending)
    assert answer.status_code == 400 and said in answer.text
    assert sending["commentaire"] in answer.text
    assert read(space, reference).verdict == moderation.ProposalState.PENDING.value


def test_a_refusal_keeps_who_when_and_why(space: Space) -> None:
    reference, client = proposed(space), space.client("lea")
    path = page_of(reference)
    answer = sent(
        client, f"{path}/refuser", path, version=1, motif="hors_ess", commentaire="Un commerce."
    )
    assert answer.status_code == 303
    found = read(space, reference)
    assert (found.verdict, found.reason, found.comment) == ("refusee", "hors_ess", "Un commerce.")
    page = client.get(path).text
    assert "cela ne relève pas de l’ESS" in page and "Un commerce." in page and "Lea" in page
    action, details = actions(space, reference)[-1]
    assert action == "proposition.decision" and "hors_ess" in details
    assert "commerce" not in details  # no free text in the log


def test_a_proposal_that_does_not_exist_is_not_found(space: Space) -> None:
    assert space.client("lea").get(page_of("PR-AAAA-BBBB-CCCC")).status_code == 404
    home = page_of(proposed(space))
    late = sent(space.client("lea"), f"{page_of('PR-A')}/refuser", home, version=1, motif="doublon")
    assert late.status_code == 404


def test_an_administrator_does_not_moderate(space: Space) -> None:
    reference = proposed(space)
    client = space.client("ada", Role.ADMIN)
    assert client.get("/espace/propositions").status_code == 403
    assert client.get(page_of(reference)).status_code == 403
