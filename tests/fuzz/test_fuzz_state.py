"""What the product kept, damaged on the disk: made again, or told in French; never believed."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from damage import changed, damaged, fuzzed, patiently, repacked
from hypothesis import given
from hypothesis import strategies as st
from test_retention import fill, texts

from matcher import DataError, Matcher, Need
from matcher.__main__ import main
from matcher.cohorts.batch import packing, parts
from matcher.cohorts.batch import run as batches
from matcher.index import kept
from matcher.reports import render_pdf
from matcher.reports.answer.replay import answer_json
from matcher.upkeep.network.sources import CachedCopy as Copy
from web.casework.persons import erasures
from web.casework.store import anchors, archive, backup, schema
from web.casework.store.archive import BackupError
from web.casework.store.database import Database
from web.casework.store.vault import Vault, VaultError
from web.signin.keys import NAMES, UnreadableKeys, keys

DATA = Matcher.embedded()
KEYS = {name: "une clé de test" for name in (*NAMES, "AUDIT_KEY")}
DEEP = b"[" * 50_000
NUMBER = b"9" * 6_000


def texts_of(value: object) -> st.SearchStrategy[bytes]:
    """A JSON file whose value was changed, or whose bytes were damaged."""
    written = json.dumps(value).encode()
    return changed(value).map(lambda v: json.dumps(v).encode()) | damaged((written, DEEP, NUMBER))


@fuzzed(80)
@given(texts_of(KEYS))
def test_keys_are_read_whole_or_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "cles.json"
    path.write_bytes(data)
    try:
        with patiently():
            found = keys(path)
    except UnreadableKeys as error:
        assert "clés illisibles" in str(error)
        assert path.read_bytes() == data  # never replaced: somebody has a copy to put back
    else:
        assert all(isinstance(found[name], str) and found[name] for name in KEYS)


@fuzzed(60)
@given(st.data())
def test_a_damaged_register_is_told_and_not_made_longer(
    tmp_path: Path, data: st.DataObject
) -> None:
    vault = Vault.of("une clé", tmp_path, "base")
    for name in (anchors.FILE, erasures.FILE):
        (tmp_path / name).unlink(missing_ok=True)
    anchors.add(vault, anchors.When.START, 0, "")
    anchors.add(vault, anchors.When.BACKUP, 3, "sceau")
    path = tmp_path / anchors.FILE
    sound = path.read_bytes()
    given_ = data.draw(damaged((sound, sound + DEEP)))
    path.write_bytes(given_)
    try:
        with patiently():
            anchors.known(vault)
            anchors.add(vault, anchors.When.BACKUP, 4, "autre")
    except VaultError as error:
        assert "ligne" in str(error) or "illisible" in str(error)
        assert path.read_bytes() == given_


@fuzzed(60)
@given(st.sampled_from(("a.npy", kept.MANIFEST)), st.data())
def test_a_damaged_cache_is_never_believed(tmp_path: Path, name: str, data: st.DataObject) -> None:
    folder = tmp_path / "cache"
    shutil.rmtree(folder, ignore_errors=True)
    kept.save(folder, kept.Kept({"a": np.arange(4)}, {"faits": 1}))
    sound = (folder / name).read_bytes()
    (folder / name).write_bytes(data.draw(damaged((sound, DEEP, NUMBER))))
    with patiently():
        found = kept.load(folder)
    assert found is None or (
        found.arrays["a"].tolist() == [0, 1, 2, 3] and found.facts == {"faits": 1}
    )


@fuzzed(60)
@given(texts_of({"url": "u", "sha256": "0" * 64, "etag": "e", "modified": "m"}))
def test_a_damaged_copy_of_a_source_is_asked_for_again(tmp_path: Path, data: bytes) -> None:
    Copy(tmp_path, "https://exemple.fr").keep(b"corps", "etag", "")
    (facts,) = tmp_path.glob("*.json")
    facts.write_bytes(data)
    assert Copy(tmp_path, "https://exemple.fr").conditions() == {}


# Proofs

NEED = Need("34142", "Ouvrir une recyclerie dans l'ancienne gare", {"mobilite": 0.5}, "creation")


@pytest.fixture(scope="module")
def proofs(matcher: Matcher) -> tuple[bytes, bytes]:
    """An answer as JSON and as PDF."""
    found = matcher.match(NEED, top=3)
    return (
        answer_json(matcher, NEED, found, DATA).encode(),
        render_pdf(matcher, NEED, found, DATA / "reference" / "outlines"),
    )


@fuzzed(60)
@given(st.data())
def test_a_proof_that_was_changed_is_never_identical_and_never_a_traceback(
    proofs: tuple[bytes, bytes], tmp_path: Path, data: st.DataObject
) -> None:
    path = tmp_path / "fiche"
    given_ = data.draw(damaged((*proofs, b'{"preuve": ' + DEEP, NUMBER)) | stamps(proofs[0]))
    path.write_bytes(given_)
    with patiently():
        done = CliRunner().invoke(main, ["verifier", str(path)])
    assert done.exception is None or isinstance(done.exception, SystemExit), given_[:200]
    assert done.output.startswith(("Identique", "Différente", "Non vérifiable", "Ce fichier"))
    assert given_ in proofs or not done.output.startswith("Identique")


def stamps(record: bytes) -> st.SearchStrategy[bytes]:
    """The answer with another need or other suggestions in its proof: its digests hold still."""
    found = json.loads(record)
    proof = found["preuve"]
    asked = st.fixed_dictionaries(
        {
            "empreintes": st.just(proof["empreintes"]),
            "demande": changed(proof["demande"]),
            "suggestions": changed(proof["suggestions"]),
        }
    )
    return asked.map(lambda one: json.dumps({**found, "preuve": one}).encode())


# Batches and packs


@pytest.fixture(autouse=True)
def open_once(matcher: Matcher, monkeypatch: pytest.MonkeyPatch) -> None:
    """The embedded data are opened once for all that is damaged here."""
    monkeypatch.setattr(Matcher, "open", lambda _folder=None: matcher)
    monkeypatch.setattr(parts, "opened", lambda _folder, _digest: matcher)
    monkeypatch.setattr(batches, "opened", lambda _folder, _digest: matcher)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small batch."""
    folder = tmp_path_factory.mktemp("lot")
    needs = folder / "besoins.csv"
    needs.write_text("commune,besoin\n48095,Ouvrir une recyclerie\nNulle-Part,Un four\n")
    run = ["batch", str(needs), "--top", "2", "--jobs", "1", "--out", str(folder / "resultats")]
    assert CliRunner().invoke(main, run).exit_code == 0
    return folder / "resultats"


@fuzzed(5)
@given(st.data())
def test_damaged_results_make_no_pack_and_no_traceback(
    results: Path, tmp_path: Path, data: st.DataObject
) -> None:
    paths = sorted(p for p in results.iterdir() if p.is_file())
    path = data.draw(st.sampled_from(paths))
    sound = path.read_bytes()
    damage = damaged((sound,), most=2)
    if path.name == "manifeste.json":
        damage |= changed(json.loads(sound)).map(lambda v: json.dumps(v).encode())
    path.write_bytes(data.draw(damage))
    try:
        with patiently():
            packing.read_pack(results)
    except DataError as error:
        assert error.faults
    finally:
        path.write_bytes(sound)


@fuzzed(3)
@given(st.data())
def test_a_damaged_part_is_answered_again_or_told(
    results: Path, tmp_path: Path, data: st.DataObject
) -> None:
    out = tmp_path / "resultats"
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(results, out)
    (part,) = (out / "parts").glob("*.jsonl")
    part.write_bytes(data.draw(damaged((part.read_bytes(),), most=2)))
    run = ["batch", str(results.parent / "besoins.csv"), "--top", "2", "--jobs", "1"]
    with patiently():
        done = CliRunner().invoke(main, [*run, "--out", str(out)])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    if done.exit_code == 0:
        assert (out / "suggestions.csv").read_bytes() == (results / "suggestions.csv").read_bytes()


@fuzzed(30)
@given(st.lists(st.sampled_from(("../precieux", "/precieux", "sous/../../precieux", "vieux.html"))))
def test_a_list_of_files_names_nothing_outside_of_its_pack(
    tmp_path: Path, names: list[str]
) -> None:
    out = tmp_path / "paquet"
    out.mkdir(exist_ok=True)
    (tmp_path / "precieux").write_text("à garder")
    named = [name.replace("/precieux", str(tmp_path / "precieux")) for name in names]
    (out / packing.NAME).write_text(
        json.dumps({"fichiers": {name: {} for name in (*names, *named)}})
    )
    assert packing.listed_files(out) <= {"vieux.html"}


# Backups


@pytest.fixture(scope="module")
def backups(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The backup of a base of SQLite."""
    folder = tmp_path_factory.mktemp("coffre")
    database = Database(f"sqlite:///{folder / 'maillage.sqlite'}")
    schema.upgrade(database)
    fill(database)
    backup.back_up(database, folder / "s")
    database.engine.dispose()
    return (folder / "s").read_bytes()


ENDS = ("", "-wal", "-shm")


@st.composite
def forged(draw: st.DrawFn, sound: bytes) -> bytes:
    """A backup whose copy or manifest was changed, with the digest that goes with it."""
    with zipfile.ZipFile(io.BytesIO(sound)) as packed:
        manifest = json.loads(packed.read(archive.MANIFEST))
        copy = packed.read("base.sqlite")
    copy = draw(damaged((copy,), most=2) | st.just(copy))
    manifest["sha256"] = hashlib.sha256(copy).hexdigest()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packing_:
        packing_.writestr(archive.MANIFEST, json.dumps(draw(changed(manifest) | st.just(manifest))))
        packing_.writestr("base.sqlite", copy)
    return out.getvalue()


@fuzzed(25)
@given(st.data())
def test_a_damaged_backup_is_restored_whole_or_changes_nothing(
    backups: bytes, empty_sqlite: Path, tmp_path: Path, data: st.DataObject
) -> None:
    folder = Path(tempfile.mkdtemp(dir=tmp_path))
    base = Path(shutil.copy(empty_sqlite, folder / "maillage.sqlite"))
    database = Database(f"sqlite:///{base}")
    fill(database, "autre")
    before, path = texts(database), folder / "s"
    path.write_bytes(data.draw(damaged((backups,)) | repacked((backups,)) | forged(backups)))
    try:
        with patiently():
            backup.restore(database, path, replace=True)
    except BackupError as error:
        assert str(error)
        assert texts(database) == before
    finally:
        schema.check(database)
        assert texts(database)
        database.engine.dispose()
    assert {p.name for p in folder.iterdir()} <= {"s", *(f"{base.name}{end}" for end in ENDS)}
