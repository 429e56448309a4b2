"""What is kept on the disk is checked, never trusted: what is not sound is made again."""

import hashlib
import json
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest
from builders import LODEVE, NEEDS
from synthetic import Synthesis, write

from matcher import DataError, Matcher, Need
from matcher.index import kept
from matcher.index.kept import Kept, load, save

HARMS = ("flip", "cut", "empty", "gone")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, matcher: Matcher) -> Path:
    """A folder of sixty synthetic structures on the real communes."""
    folder = tmp_path_factory.mktemp("data")
    return write(folder, Synthesis(matcher).catalogue(60))


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(kept.VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


@dataclass(frozen=True)
class First:
    """A first start on those data, what it answers, and what it kept."""

    matcher: Matcher
    answers: list[list[object]]
    cache: Path


@pytest.fixture(scope="module")
def first(data: Path, tmp_path_factory: pytest.TempPathFactory) -> First:
    cache = tmp_path_factory.mktemp("first")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(kept.VARIABLE, str(cache))
        opened = Matcher.open(data)
    return First(opened, answers(opened), cache)


@pytest.fixture
def started(first: First, cache: Path) -> Path:
    """The folder that a first start kept."""
    copytree(first.cache, cache)
    (folder,) = folders(cache)
    return folder


def answers(matcher: Matcher) -> list[list[object]]:
    return [list(matcher.match(Need(LODEVE, text))) for text in NEEDS]


def folders(cache: Path) -> list[Path]:
    return sorted(path for path in cache.iterdir() if (path / kept.MANIFEST).exists())


def test_the_second_start_says_what_the_first_said(data: Path, cache: Path):
    first = Matcher.open(data)
    (folder,) = folders(cache)
    written = (folder / kept.MANIFEST).stat()
    second = Matcher.open(data)
    assert (folder / kept.MANIFEST).stat() == written
    assert answers(first) == answers(second)
    assert list(first.structures.items()) == list(second.structures.items())
    assert list(first.catalogue.structures) == list(second.catalogue.structures)
    assert list(first.catalogue.projects) == list(second.catalogue.projects)
    assert list(first.catalogue.resources) == list(second.catalogue.resources)
    assert list(first.profiles.references) == list(second.profiles.references)
    assert dict(first.profiles.by_id) == dict(second.profiles.by_id)
    assert first.reader.entries == second.reader.entries
    assert first.knowledge.roles == second.knowledge.roles


def test_the_territory_is_the_same_from_the_disk(data: Path, first: First, started: Path):
    made, read = first.matcher.territory, Matcher.open(data).territory
    assert dict(made.communes) == dict(read.communes)
    assert list(made.former) == list(read.former)
    assert made.names == read.names
    assert made.region_of == read.region_of
    assert made.pvd_vintage == read.pvd_vintage
    for asked in ("lodeve", "St Flour 15", "Lyon 3e", "la ferte sous jouare", "34700"):
        assert made.search(asked) == read.search(asked)


def test_the_plain_scorer_agrees_on_what_comes_from_the_disk(data: Path, started: Path):
    matcher = Matcher.open(data)
    for text in NEEDS:
        need = Need(LODEVE, text)
        plain = [(s.structure.id, s.score) for s in matcher.ranked(need)[:10]]
        assert [(s.structure.id, s.score) for s in matcher.match(need, anyway=True)] == plain


def test_a_changed_table_makes_a_new_folder(data: Path, started: Path, cache: Path, tmp_path: Path):
    other = copytree(data, tmp_path / "other")
    before = Matcher.open(other)
    table = other / "catalogue" / "structures.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("essai 7,", "bis 7,"), "utf-8")
    after = Matcher.open(other)
    assert len(folders(cache)) == 2
    assert before.structure("synth-000007").name.endswith("essai 7")
    assert after.structure("synth-000007").name.endswith("bis 7")


@pytest.mark.parametrize("name", ["index.to_verify.npy", "structures.data.npy", kept.MANIFEST])
@pytest.mark.parametrize("harm", HARMS)
def test_what_is_damaged_is_not_read(started: Path, name: str, harm: str):
    damage(started / name, harm)
    assert load(started) is None
    assert not started.exists()


@pytest.mark.parametrize("harm", HARMS)
def test_what_is_damaged_is_made_again(data: Path, first: First, started: Path, harm: str):
    damage(started / "index.to_verify.npy", harm)
    assert answers(Matcher.open(data)) == first.answers
    assert load(started) is not None


def damage(file: Path, harm: str) -> None:
    """Spoil a file: a bit of it, its end, all that it holds, or the whole of it."""
    written = file.read_bytes()
    if harm == "gone":
        file.unlink()
    else:
        middle = len(written) - 40
        flipped = written[:middle] + bytes([written[middle] ^ 1]) + written[middle + 1 :]
        file.write_bytes({"flip": flipped, "cut": written[:-9], "empty": b""}[harm])


def test_a_folder_of_another_make_is_not_trusted(cache: Path):
    cache.mkdir()
    (cache / "x").mkdir()
    for text in ("", "[]", "{}", '{"facts": 3, "crc": 0, "sums": {}}', json.dumps({"facts": "{}"})):
        (cache / "x").mkdir(exist_ok=True)
        (cache / "x" / kept.MANIFEST).write_text(text)
        assert load(cache / "x") is None


def test_where_nothing_can_be_kept_the_answer_is_the_same(
    data: Path, first: First, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(kept.VARIABLE, kept.NOTHING)
    assert answers(Matcher.open(data)) == first.answers
    file = tmp_path / "file"
    file.write_text("no folder")
    monkeypatch.setenv(kept.VARIABLE, str(file))
    assert answers(Matcher.open(data)) == first.answers


def test_faulty_tables_are_refused_and_nothing_is_kept(data: Path, cache: Path, tmp_path: Path):
    other = copytree(data, tmp_path / "other")
    (other / "catalogue" / "structures.csv").write_text("id,name\n", "utf-8")
    with pytest.raises(DataError):
        Matcher.open(other)
    assert not cache.exists() or not folders(cache)


def test_a_few_folders_are_kept(tmp_path: Path):
    for i in range(kept.MOST + 3):
        save(tmp_path / f"{i}", Kept({"a": np.arange(i)}, {"i": i}))
    assert len(folders(tmp_path)) == kept.MOST
    found = load(tmp_path / f"{kept.MOST + 2}")
    assert found is not None
    assert found.arrays["a"].tolist() == list(range(kept.MOST + 2))


def test_who_writes_second_changes_nothing(tmp_path: Path):
    save(tmp_path / "x", Kept({"a": np.arange(3)}, {"first": True}))
    save(tmp_path / "x", Kept({"a": np.arange(4)}, {"first": False}))
    found = load(tmp_path / "x")
    assert found is not None
    assert found.facts["first"]
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_what_was_forged_with_its_digests_made_anew_is_not_believed(
    data: Path, first: First, started: Path
):
    """Who may write in the cache knows all but the key."""
    path = started / "index.to_verify.npy"
    flags = np.load(path)
    np.save(path, ~flags)
    sealed = json.loads((started / kept.MANIFEST).read_text())
    listed = json.loads(sealed["text"])
    listed["sums"]["index.to_verify"] = hashlib.sha256(path.read_bytes()).hexdigest()
    sealed["text"] = json.dumps(listed)
    for seal in (sealed["seal"], kept._seal(b"", sealed["text"]), "", None):
        (started / kept.MANIFEST).write_text(json.dumps({**sealed, "seal": seal}))
        assert answers(Matcher.open(data)) == first.answers
        assert np.load(path).tolist() == flags.tolist()  # it was made again
        np.save(path, ~flags)


def test_the_key_of_the_cache_is_its_owner_s_and_outside_of_it(started: Path):
    key = Path(os.environ["XDG_DATA_HOME"]) / "maillage" / kept.KEY
    assert key.stat().st_mode & 0o077 == 0 and key.stat().st_size == kept.KEY_BYTES
    assert not list(started.parent.rglob(kept.KEY))


@pytest.mark.parametrize("name", ["index.to_verify.npy", kept.MANIFEST])
@pytest.mark.parametrize("kind", ["pipe", "folder", "socket"])
def test_what_is_no_file_in_the_cache_hangs_nobody_and_is_made_again(
    data: Path, first: First, started: Path, name: str, kind: str
):
    path = started / name
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        made = socket.socket(socket.AF_UNIX)
        here = Path.cwd()
        os.chdir(started)  # a socket has a short name
        made.bind(name)
        os.chdir(here)
        made.close()
    assert answers(Matcher.open(data)) == first.answers
    assert path.is_file()


def test_a_list_that_nests_without_end_is_made_again(data: Path, first: First, started: Path):
    deep = "[" * 100_000
    for text in (deep, json.dumps({"seal": kept._seal(kept._key(), deep), "text": deep})):
        (started / kept.MANIFEST).write_text(text)
        assert answers(Matcher.open(data)) == first.answers
        assert load(started) is not None
