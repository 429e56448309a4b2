"""The proof of an answer: it is made again, all its bytes compared, and nothing else believed."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from matcher import Matcher, Need
from matcher.__main__ import main
from matcher.reports import render_pdf
from matcher.reports.answer import proof
from matcher.reports.answer.proof import Digests, read_stamp
from matcher.reports.answer.replay import ReplayVerdict, answer_json, verify
from web import create_app

DATA = Matcher.embedded()
OUTLINES = DATA / "reference" / "outlines"
NEED = Need("34142", "Ouvrir une recyclerie dans l'ancienne gare", {"mobilite": 0.5}, "creation")


@pytest.fixture(scope="module")
def pdf(matcher: Matcher) -> bytes:
    return render_pdf(matcher, NEED, matcher.match(NEED, top=3), OUTLINES)


@pytest.fixture(scope="module")
def record(matcher: Matcher) -> bytes:
    return answer_json(matcher, NEED, matcher.match(NEED, top=3), DATA).encode()


@pytest.fixture(autouse=True)
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "instantanes"
    monkeypatch.setenv(proof.VARIABLE, str(folder))
    return folder


@pytest.fixture
def other_data(tmp_path: Path) -> Path:
    """The data with one structure more doubtful than it was."""
    folder = tmp_path / "autres"
    shutil.copytree(DATA, folder, ignore=shutil.ignore_patterns("raw", "schemas"))
    table = folder / "catalogue" / "structures.csv"
    table.write_text(table.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    return folder


def test_a_pdf_and_a_json_carry_the_digests_and_the_need(pdf: bytes, record: bytes):
    for data in (pdf, record):
        stamp = read_stamp(data)
        assert stamp is not None
        assert stamp.digests == Digests.of(DATA)
        assert stamp.need == NEED
        assert [rank for rank, _, _ in stamp.shown] == [1, 2, 3]


def test_an_answer_made_again_is_identical(pdf: bytes, record: bytes):
    for data in (pdf, record):
        found = verify(data, DATA)
        assert found.verdict is ReplayVerdict.IDENTICAL
        assert found.lines[0].startswith("Identique")


def test_some_of_the_suggestions_as_a_filtered_page_has_them_are_replayed(matcher: Matcher):
    every_other = matcher.match(NEED, top=5)[::2]
    assert verify(render_pdf(matcher, NEED, every_other, OUTLINES), DATA).verdict is (
        ReplayVerdict.IDENTICAL
    )


@pytest.fixture(scope="module")
def served(matcher: Matcher) -> bytes:
    """An answer of the API, as a program keeps it."""
    site = create_app(matcher, {"PROPAGATE_EXCEPTIONS": False, "RATELIMIT_ENABLED": False})
    asked = {"commune": NEED.commune, "besoin": NEED.text, "top": 3, "equipe": True}
    return site.test_client().post("/api/v1/match", json=asked).data


def test_an_answer_of_the_api_carries_its_proof_and_is_made_again(served: bytes):
    stamp = json.loads(served)[proof.KEY]
    assert stamp["empreintes"]["data"] == proof.data_digest(DATA)
    assert [rank for rank, _, _ in stamp["suggestions"]] == [1, 2, 3]
    replayed = verify(served, DATA)
    assert replayed.verdict is ReplayVerdict.IDENTICAL, replayed.lines
    laid_out = json.dumps(json.loads(served), indent=1).encode()
    assert verify(laid_out, DATA).verdict is ReplayVerdict.IDENTICAL, (
        "the same record, laid out anew"
    )


@pytest.mark.parametrize("member", ["suggestions", "equipe", "lecture", "statut", "preuve"])
def test_no_member_of_an_answer_of_the_api_can_be_changed(served: bytes, member: str):
    record = json.loads(served)
    match record[member]:
        case str():
            record[member] = "vague"
        case list() as suggestions:
            suggestions[0]["score"] = 1.0
        case dict() as members:
            members.pop(next(iter(members)))
    assert verify(json.dumps(record).encode(), DATA).verdict is not ReplayVerdict.IDENTICAL


def test_an_answer_of_the_api_that_was_sealed_anew_is_not_believed(served: bytes):
    record = json.loads(served)
    record["suggestions"][0]["resume"] = "La meilleure de toutes."
    record[proof.KEY][proof.WHOLE] = proof.record_digest(record)
    assert verify(json.dumps(record).encode(), DATA).verdict is ReplayVerdict.DIFFERENT


@pytest.mark.parametrize("share", [0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99])
def test_one_byte_that_is_changed_is_never_identical(pdf: bytes, record: bytes, share: float):
    for data in (pdf, record):
        at = int(share * len(data))
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        assert verify(changed, DATA).verdict is not ReplayVerdict.IDENTICAL


@pytest.mark.parametrize("change", [lambda d: d + b"\n", lambda d: d[:-1]])
def test_a_byte_more_or_less_is_told(record: bytes, change: Callable[[bytes], bytes]):
    found = verify(change(record), DATA)
    assert found.verdict is ReplayVerdict.DIFFERENT
    assert "octets" in found.lines[0]


def test_a_rank_that_was_improved_by_hand_is_named(record: bytes):
    answer = json.loads(record)
    first, second, _ = answer["preuve"]["suggestions"]
    first[0], second[0] = second[0], first[0]
    found = verify(json.dumps(answer, ensure_ascii=False, indent=2).encode() + b"\n", DATA)
    assert found.verdict is ReplayVerdict.DIFFERENT
    assert any(first[1] in line and "rang 1" in line for line in found.lines)


def test_other_data_are_replayed_from_the_snapshot_and_its_absence_is_said(
    pdf: bytes, other_data: Path
):
    missing = verify(pdf, other_data)
    assert missing.verdict is ReplayVerdict.UNKNOWN
    assert "instantané" in missing.lines[0]
    kept = proof.keep(DATA)
    assert verify(pdf, other_data).verdict is ReplayVerdict.IDENTICAL
    kept.write_bytes(kept.read_bytes()[:-1000])
    assert verify(pdf, other_data).verdict is ReplayVerdict.UNKNOWN


def test_the_same_data_are_kept_once_and_as_the_same_archive(shelf: Path):
    first = proof.keep(DATA).read_bytes()
    shutil.rmtree(shelf)
    assert proof.keep(DATA).read_bytes() == first
    proof.keep(DATA)
    assert len(list(shelf.iterdir())) == 1


@pytest.mark.parametrize(
    ("part", "said"), [("code", "le programme"), ("weights", "poids"), ("version", "versions")]
)
def test_another_version_is_said_and_not_replayed(record: bytes, part: str, said: str):
    answer = json.loads(record)
    answer["preuve"]["empreintes"][part] = "autre"
    found = verify(json.dumps(answer).encode(), DATA)
    assert found.verdict is ReplayVerdict.UNKNOWN
    assert said in found.lines[0]


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"%PDF-1.7 vide", b'{"preuve": 3}', b"\xff"])
def test_a_file_without_a_proof_is_said(data: bytes):
    found = verify(data, DATA)
    assert found.verdict is ReplayVerdict.UNKNOWN
    assert "pas de preuve lisible" in found.lines[0]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


@pytest.mark.parametrize("form", ["pdf", "json"])
def test_the_commands_hand_over_and_verify(form: str, tmp_path: Path, shelf: Path):
    out = tmp_path / f"fiche.{form}"
    asked = ["match", "Figeac", "--need", "ouvrir une recyclerie", "--top", "2"]
    assert run(*asked, "--format", form, "--out", str(out)).exit_code == 0
    assert len(list(shelf.iterdir())) == 1
    said = run("verifier", str(out))
    assert (said.exit_code, said.output[:9]) == (0, "Identique")
    out.write_bytes(out.read_bytes() + b" ")
    said = run("verifier", str(out))
    assert said.exit_code == 5
    assert "Différente" in said.stderr


def test_the_data_of_the_site_are_kept_on_demand(shelf: Path):
    said = run("verifier", "--garder")
    assert said.exit_code == 0
    assert str(next(shelf.iterdir())) in said.output.replace("\n", "")
    assert run("verifier").exit_code == 2
