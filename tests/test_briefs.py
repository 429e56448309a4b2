"""Briefs: both sides are told who, what, why, from where and what next."""

import io
import re
import zipfile
from datetime import UTC, datetime

import docx
import pytest
from docx_template import make_template
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher import Matcher, Project
from web.casework.introductions.introductions import CONTACT
from web.casework.introductions.tasks import REMINDER_DAYS
from web.casework.letters import briefs, filled, letters
from web.casework.letters.briefs import ANSWER_DAYS, TO_COMPLETE, Brief, Sender
from web.casework.letters.filled import NO_LINK, UNDISCLOSED
from web.casework.letters.letters import LINK, Letter
from web.casework.letters.prose import is_copy
from web.casework.persons.traces import ERASED
from web.casework.states import Step
from web.casework.store.tables import Contact, Dossier, Introduction

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
NEEDS = {
    "réemploi": ("34142", "Ouvrir une recyclerie dans l’ancienne gare."),
    "outre-mer": ("97411", "Créer un jardin partagé et une épicerie sociale."),
    "Corse": ("2A004", "Une régie de quartier pour l'insertion des jeunes."),
    "vague": ("46102", "Nous voulons faire quelque chose d’utile pour les habitants."),
    "long": ("26108", "Le café a fermé, les habitants veulent le rouvrir avec une épicerie. " * 40),
}


def spaced(text: str) -> str:
    """A letter whose spaces may break before a sign: what tests compare is its words."""
    return re.sub("\u00a0(?=[:;?!])", " ", text)


def dossier(insee: str = "34142", need: str = NEEDS["réemploi"][1], **changes: object) -> Dossier:
    """A dossier whose commune agreed that its address be passed on."""
    contact = Contact(
        email="mairie@ville.fr",
        service="Service urbanisme",
        source="formulaire du site",
        consent_at=NOW,
        created_at=NOW,
    )
    fields = {"themes": [], "excluded": [], "stage": None, "contact": contact, **changes}
    fields.setdefault("wished", ["villages-vivants"])
    return Dossier(reference="MR-ABCD-EFGH-IJKL", commune=insee, need=need, **fields)


def _unquoted(text: str) -> str:
    """What we write ourselves: neither titles of projects nor addresses."""
    return re.sub(r"«.*?»|https?://\S+", "", text)


def words(text: str) -> int:
    return sum(any(map(str.isalnum, word)) for word in text.split())


def brief(matcher: Matcher, structure: str = "villages-vivants", **changes: object) -> Brief:
    return briefs.write(matcher, dossier(**changes), structure, Sender("Léa"), NOW)


@pytest.mark.parametrize("case", NEEDS)
def test_every_letter_is_short_and_speaks_to_its_reader(matcher: Matcher, case: str):
    asked = dossier(*NEEDS[case])
    for structure in list(matcher.structures)[::7]:
        written = briefs.write(matcher, asked, structure, Sender("Léa"), NOW)
        commune, other = letters.to_commune(written), letters.to_structure(written)
        for letter in (commune, other):
            assert words(letter.body) <= letters.MOST_WORDS, (structure, letter.body)
            assert "  - " not in letter.body and "\n\n\n" not in letter.body
            assert "'" not in letter.body.replace(written.need, "").split("«")[0]
        for word in ("votre commune", "votre besoin", "votre département", "sa présentation"):
            assert word not in other.body, structure
        # It knows where its seat is, what its kind does, how much it did: no machine says so.
        for word in ("votre siège est à", "à vol d’oiseau", "d’ordinaire", "que nous connaissons"):
            assert word not in other.body, structure
        for letter in (commune, other):
            sentences = [line for line in spaced(letter.body).split("\n") if "http" in line]
            assert all(re.match(r"(Son site|Page de contact) : http", line) for line in sentences)
        why = other.body.partition("Pourquoi vous :")[2].partition("Nous ne savons pas encore")[0]
        assert not re.search(r"\b(elle|il|cette structure)\b", _unquoted(why)), why
        for word in ("vous intervenez", "vous travaillez", "votre siège"):
            assert word not in commune.body, structure


def test_the_commune_reads_how_many_projects_are_known_of_a_structure(matcher: Matcher):
    asked = dossier(need="Nous avons besoin d’aide")
    told = [
        reason.said
        for structure in list(matcher.structures)[::7]
        for reason in briefs.write(matcher, asked, structure, Sender("Léa"), NOW).reasons
        if "que nous connaissons" in reason.said
    ]
    assert told and all(re.match(r"elle a appuyé \S+ projets? que nous", one) for one in told), told


def test_the_commune_reads_who_why_from_where_and_what_next(matcher: Matcher):
    letter = letters.to_commune(brief(matcher, themes=["economie_circulaire"]))
    assert letter.subject == "Une structure à rencontrer : Villages Vivants – MR-ABCD-EFGH-IJKL"
    for said in (
        "«\u00a0Ouvrir une recyclerie dans l’ancienne gare.\u00a0»",
        "Villages Vivants – foncière solidaire, à Crest.",
        "Son site : https://villagesvivants.com\n",
        "elle a accompagné «\u00a0Ressourcerie-friperie Le Pétassou\u00a0»",
        "À lui demander : ses disponibilités et le coût éventuel de son appui.",
        f"elle a {ANSWER_DAYS} jours",
        f"si c’est utile, sans compte à créer :\n{LINK}\n",
        "Léa\nDossier MR-ABCD-EFGH-IJKL (à rappeler dans votre réponse)",
    ):
        assert said in spaced(letter.body)
    assert CONTACT not in letter.body


def test_the_structure_reads_who_asks_why_it_and_what_next(matcher: Matcher):
    letter = letters.to_structure(brief(matcher, stage="emergence"))
    assert letter.subject == "Lodève (Hérault) cherche un appui – MR-ABCD-EFGH-IJKL"
    for said in (
        "La commune de Lodève (Hérault, 7\u202f251\u00a0habitants, Petites villes de demain) nous",
        "Situation : Un besoin ou un lieu inoccupé",
        "vous avez accompagné «\u00a0Ressourcerie-friperie Le Pétassou\u00a0»",
        "Nous ne savons pas encore qui le portera, son calendrier et son budget",
        f"Pour la joindre : {CONTACT}.",
        f"sous {ANSWER_DAYS} jours par ce lien",
        f":\n{LINK}\n",
    ):
        assert said in spaced(letter.body)
    assert "Thèmes" not in letter.body  # those that were only read are in the document


def test_a_letter_says_who_writes_and_where_to_answer(matcher: Matcher):
    who = Sender("Léa Martin", "chargée de mission", "Agence", "04 67 00 00 00", "aide@agence.fr")
    written = briefs.write(matcher, dossier(), "villages-vivants", who, NOW)
    signed = "Léa Martin\nchargée de mission, Agence\n04 67 00 00 00 – aide@agence.fr\nDossier MR-"
    one = Introduction(structure_id="andes", step=Step.SENT, reminders=0, sent_at=NOW)
    one.dossier = dossier()
    for letter in (
        letters.to_commune(written),
        letters.to_structure(written),
        letters.to_commune_together([written, written]),
        letters.reminder(one, "ANDES", "Le Moule", who),
    ):
        assert signed in letter.body


def test_one_letter_presents_several_structures(matcher: Matcher):
    asked = dossier()
    both = [
        briefs.write(matcher, asked, structure, Sender("Léa"), NOW)
        for structure in ("villages-vivants", "cress-occitanie")
    ]
    letter = letters.to_commune_together(both)
    assert letter.subject.startswith("2 structures à rencontrer")
    body = spaced(letter.body)
    assert "1. Villages Vivants" in body and "2. CRESS Occitanie" in body
    # Each is told by the consent that covers it, and the need is quoted once.
    assert "nous transmettons à Villages Vivants votre demande et les coordonnées" in body
    assert "Nous transmettons à CRESS Occitanie votre demande sans vos coordonnées" in body
    assert body.count("recyclerie") == 1 + body.count("friperie") * 0
    assert letters.to_commune_together(both[:1]) == letters.to_commune(both[0])


def test_consent_is_not_asked_again(matcher: Matcher):
    agreed, not_yet = brief(matcher), brief(matcher, wished=[])
    for letter in (letters.to_commune(agreed), letters.to_structure(agreed)):
        assert "d’accord" not in letter.body and "votre accord" not in letter.body
    assert "acceptez-le" not in letters.to_commune(agreed).body
    assert "acceptez-le" in letters.to_commune(not_yet).body


@pytest.mark.parametrize(
    ("address", "copy"),
    [
        ("https://docplayer.fr/1234-Rapport.html", True),
        ("https://www.pressreader.com/france/sud-ouest/2021", True),
        ("https://fr.scribd.com/document/1", True),
        ("https://preprod.cairn.info/revue", True),
        ("https://villagesvivants.com/actus", False),
        ("https://www.ladepeche.fr/2021/03/04/article", False),
        ("https://guyane.gouv.fr/page", False),
        ("https://notdocplayer.fr", False),
    ],
)
def test_a_copy_proves_nothing(address: str, copy: bool):
    assert is_copy(address) is copy


def test_no_copy_is_cited_as_a_proof(matcher: Matcher):
    for structure in list(matcher.structures)[::9]:
        for one in brief(matcher, structure).evidence:
            assert not any(map(is_copy, one.sources))
            assert one.sources or one.doubt


@pytest.mark.parametrize("stage", ["creation", "immobilier"])
def test_no_structure_is_told_what_its_kind_usually_does(matcher: Matcher, stage: str):
    kinds = {s.kind: s.id for s in matcher.structures.values()}
    written = [brief(matcher, structure, stage=stage) for structure in kinds.values()]
    for one in written:
        body = letters.to_structure(one).body
        assert "d’ordinaire" not in body, body
        # Who added by hand a structure from elsewhere says why.
        assert TO_COMPLETE not in body or not one.covers, body
    assert any("d’ordinaire" in reason.said for one in written for reason in one.reasons)


def test_the_answer_is_asked_for_before_the_first_reminder():
    assert REMINDER_DAYS[0] > ANSWER_DAYS


def test_what_is_cited_has_its_source_and_was_supported_by_the_structure(matcher: Matcher):
    projects = {p.title: p for p in matcher.catalogue.projects}
    written = brief(matcher)
    assert written.evidence
    for one in written.evidence:
        project: Project = next(p for title, p in projects.items() if title[:20] in one.said)
        assert "villages-vivants" in project.structures
        assert one.sources and one.sources[0] in project.source


def test_a_track_record_that_proves_little_is_not_cited(matcher: Matcher):
    written = brief(matcher, "france-active-airdie-occitanie")
    assert written.evidence == ()
    assert "Du miel sur mes tartines" not in letters.to_commune(written).body


def test_a_doubt_is_shown_to_both_sides(matcher: Matcher):
    doubtful = next(
        s for s in matcher.structures.values() if s.to_verify and "Aucune page vue" in s.note
    )
    written = brief(matcher, doubtful.id)
    assert "Aucune page vue" in letters.to_commune(written).body
    assert letters.DOUBTED in spaced(letters.to_structure(written).body)


def test_every_doubtful_record_says_so(matcher: Matcher):
    for structure in [s for s in matcher.structures.values() if s.to_verify][::15]:
        written = brief(matcher, structure.id)
        assert "À vérifier au premier contact" in letters.to_commune(written).body


def test_what_is_not_known_is_said(matcher: Matcher):
    unseated = next(s for s in matcher.structures.values() if s.seat is None and not s.website)
    written = brief(matcher, unseated.id)
    assert {"où est son siège", "son site internet"} <= set(written.missing)
    made = filled.document(letters.to_commune(written), written, to_commune=True)
    assert "où est son siège" in read(made)
    # The mayor reads what only the structure can say.
    body = letters.to_commune(written).body
    assert "son site internet" not in body and "ses disponibilités" in body and "None" not in body


def test_only_a_situation_that_was_declared_is_told(matcher: Matcher):
    label = "Un groupe ou une personne porte le projet"
    structure = "france-active-airdie-occitanie"
    read, declared = brief(matcher, structure), brief(matcher, structure, stage="creation")
    assert "elle finance et garantit la création" in letters.to_commune(read).body
    assert label not in letters.to_commune(read).body
    assert letters.to_structure(read).body.count(label) == 0
    assert letters.to_structure(declared).body.count(label) == 1


def test_where_the_matcher_has_no_reason_the_adviser_writes_it(matcher: Matcher):
    written = brief(matcher, "cress-la-reunion")
    assert not written.covers and written.reasons == ()
    for letter in (letters.to_commune(written), letters.to_structure(written)):
        assert TO_COMPLETE in letter.body
        assert not letters.is_complete(letter.text)
    assert letters.is_complete(letters.to_commune(brief(matcher)).text)


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({}, True),
        ({"consent_at": None}, False),
        ({"erased_at": NOW}, False),
        ({"email": None}, False),
        ({"wished": []}, False),
    ],
)
def test_the_address_is_passed_on_with_agreement_only(
    matcher: Matcher, change: dict[str, object], shown: bool
):
    asked = dossier()
    one = Introduction(structure_id="villages-vivants", step=Step.SENT, dossier=asked)
    kept = letters.to_structure(briefs.write(matcher, asked, one.structure_id, Sender("L"), NOW))
    # Withdrawn after the texts were written: what is shown then no longer has it.
    for name, value in change.items():
        setattr(asked if name == "wished" else asked.contact, name, value)
    text = filled.shown(kept.text, one, "")
    assert ("Pour la joindre : Service urbanisme, mairie@ville.fr." in spaced(text)) is shown
    assert ("mairie@ville.fr" in text) is ("Service urbanisme" in text) is shown
    # An erased address is not told as one that the commune refused to give.
    erased = "erased_at" in change
    assert (ERASED in text) is erased
    assert (UNDISCLOSED in text) is not (shown or erased)


def test_consent_to_one_structure_is_none_to_another(matcher: Matcher):
    asked = dossier()
    for structure, shown in (("villages-vivants", True), ("andes", False)):
        one = Introduction(structure_id=structure, step=Step.SENT, dossier=asked)
        assert ("mairie@ville.fr" in filled.shown(CONTACT, one, "")) is shown
        one.agreed_at = NOW
        assert "mairie@ville.fr" in filled.shown(CONTACT, one, "")


def test_without_a_contact_nothing_is_passed_on(matcher: Matcher):
    assert not brief(matcher, contact=None).agreed
    one = Introduction(structure_id="andes", dossier=dossier(contact=None))
    assert filled.shown(CONTACT, one, "") == UNDISCLOSED


def test_the_link_is_filled_in_when_a_letter_is_shown():
    one = Introduction(structure_id="andes", dossier=dossier())
    assert filled.shown(LINK, one, "https://site/reponse/x") == "https://site/reponse/x"
    assert filled.shown(LINK, one, "") == NO_LINK


@given(
    st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc"))),
    st.text(alphabet=st.characters(exclude_categories=("Cs",), exclude_characters="\r")),
)
def test_a_letter_is_kept_whole(subject: str, body: str):
    letter = Letter(" ".join(subject.split()), body.strip())
    assert Letter.parse(letter.text) == letter


@pytest.mark.parametrize("done", [0, 1, 2])
def test_each_reminder_has_its_text(done: int):
    asked = dossier()
    one = Introduction(structure_id="andes", step=Step.SENT, reminders=done, sent_at=NOW)
    one.dossier = asked
    letter = letters.reminder(one, "ANDES", "Le Moule", Sender("Léa"))
    assert letter.subject == "Relance : le besoin du Moule – MR-ABCD-EFGH-IJKL"
    assert "Le 24/11/2026" in letter.body and "recyclerie" in letter.body
    others = [Introduction(reminders=n, sent_at=NOW, dossier=asked) for n in range(3) if n != done]
    assert letter.body not in [
        letters.reminder(o, "ANDES", "Le Moule", Sender("Léa")).body for o in others
    ]


def read(made: bytes) -> str:
    """All the text of a document."""
    opened = docx.Document(io.BytesIO(made))
    cells = [cell.text for table in opened.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(p.text for p in opened.paragraphs), *cells])


@settings(max_examples=10)
@given(st.text(alphabet="<>&\"'{}%#]é œ\n", min_size=1, max_size=40))
def test_a_document_says_what_was_typed_whatever_it_is(matcher: Matcher, typed: str):
    written = brief(matcher, need=f"recyclerie {typed} gare")
    letter = Letter(f"objet {typed}".replace("\n", " ").strip(), letters.to_commune(written).body)
    said = read(filled.document(letter, written, to_commune=True))
    assert written.need in said
    assert letter.subject in said


@pytest.mark.parametrize("to_commune", [True, False])
def test_a_document_holds_the_letter_the_facts_and_the_sources(matcher: Matcher, to_commune: bool):
    written = brief(matcher)
    letter = letters.to_commune(written) if to_commune else letters.to_structure(written)
    made = filled.document(letter, written, to_commune=to_commune)
    said = read(made)
    for line in letter.body.split("\n"):
        assert line in said
    for one in written.evidence:
        assert one.said in said and one.sources[0] in said
    assert "{" not in said and "}" not in said
    facts = ("Foncière solidaire", "Crest") if to_commune else ("Hérault", "7\u202f251")
    assert all(fact in said for fact in facts)
    assert "mairie@ville.fr" not in said
    assert made == filled.document(letter, written, to_commune=to_commune)


def test_the_need_is_whole_in_the_document_and_cut_in_the_letter(matcher: Matcher):
    written = brief(matcher, need=NEEDS["long"][1])
    letter = letters.to_structure(written)
    assert "[…]" in letter.body and written.need not in letter.body
    assert written.need in read(filled.document(letter, written, to_commune=False))


def test_the_template_is_the_one_that_its_script_makes():
    with (
        zipfile.ZipFile(filled.TEMPLATE) as kept,
        zipfile.ZipFile(io.BytesIO(make_template())) as made,
    ):
        assert kept.namelist() == made.namelist()
        name = "word/document.xml"
        assert kept.read(name) == made.read(name)
