"""A batch: the same bytes whatever the way, nothing done twice, every row accounted for."""

import csv
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from builders import DIE, LODEVE, NEEDS, ONE_A_REGION

from matcher import DataError, Matcher, Need, Theme
from matcher.catalogue import files as writer
from matcher.cohorts.batch import parts, workers
from matcher.cohorts.batch.changes import Changes
from matcher.cohorts.batch.demand import Demand, parse_needs, read_demands
from matcher.cohorts.batch.manifest import SUGGESTIONS
from matcher.cohorts.batch.run import (
    Batch,
    BatchRequest,
    Manifest,
    Occupied,
    panorama,
    read_results,
)
from matcher.cohorts.batch.wording import parse_cohort
from matcher.cohorts.batch.workers import Killed, spread
from matcher.reports.answer.records import suggestion_record

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def open_once(matcher: Matcher, monkeypatch: pytest.MonkeyPatch) -> None:
    """The embedded data are opened once for all the batches of this file."""
    monkeypatch.setattr(parts, "opened", lambda folder, digest: matcher)
    monkeypatch.setattr("matcher.cohorts.batch.run.opened", lambda folder, digest: matcher)


@pytest.fixture
def demands() -> list[Demand]:
    """Needs of the 18 régions, two a commune."""
    return [
        Demand(f"b{i}", Need(insee, NEEDS[i % len(NEEDS)]))
        for i, insee in enumerate([*ONE_A_REGION.values()] * 2)
    ]


def a_batch(matcher: Matcher, demands: list[Demand], out: Path, **known) -> Batch:
    return Batch(
        BatchRequest(demands, known.pop("top", 5)), out, matcher.territory, largest=3, **known
    )


def files(folder: Path) -> dict[str, bytes]:
    """The bytes of every file of a folder of results, parts included."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def table(path: Path) -> list[dict[str, str]]:
    text = path.read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


# The same bytes


def test_the_bytes_do_not_depend_on_the_number_of_workers(
    matcher: Matcher, demands: list[Demand], tmp_path: Path
):
    a_batch(matcher, demands, tmp_path / "un").run(jobs=1)
    a_batch(matcher, demands, tmp_path / "deux").run(jobs=2)
    assert files(tmp_path / "un") == files(tmp_path / "deux")


def test_a_run_again_does_nothing_and_gives_the_same_bytes(
    matcher: Matcher, demands: list[Demand], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    a_batch(matcher, demands, tmp_path).run()
    before = files(tmp_path)
    monkeypatch.setattr(workers, "run_part", None)  # a worker that is asked anything fails
    again = a_batch(matcher, demands, tmp_path)
    assert again.missing() == []
    again.run()
    assert files(tmp_path) == before


def test_only_the_parts_that_are_missing_are_done(
    matcher: Matcher, demands: list[Demand], tmp_path: Path
):
    batch = a_batch(matcher, demands, tmp_path)
    batch.run()
    before = files(tmp_path)
    lost = sorted((tmp_path / "parts").iterdir())[3]
    lost.unlink()
    (tmp_path / "parts" / f"{writer.TEMPORARY}abc").write_bytes(b"what a killed run leaves")
    kept = {p: p.stat().st_mtime_ns for p in (tmp_path / "parts").glob("*.jsonl")}
    assert [part.key for part in batch.missing()] == [lost.stem]
    batch.run()
    assert files(tmp_path) == before
    assert {p: p.stat().st_mtime_ns for p in kept} == kept


@pytest.mark.parametrize(
    "damage",
    [
        lambda held: held.replace(b'"commune"', b'"commume"', 1),
        lambda held: held.replace(b'"rang":1', b'"rang":7', 1),
        lambda held: held[:-200],
        lambda held: held + held.splitlines(keepends=True)[-1],
    ],
    ids=["a name", "a figure", "cut", "a line more"],
)
def test_a_part_that_the_disk_did_not_keep_is_done_again(
    matcher: Matcher, demands: list[Demand], tmp_path: Path, damage: Callable[[bytes], bytes]
):
    batch = a_batch(matcher, demands, tmp_path)
    batch.run()
    before = files(tmp_path)
    path = sorted((tmp_path / "parts").iterdir())[0]
    path.write_bytes(damage(path.read_bytes()))
    assert [part.key for part in batch.missing()] == [path.stem]
    batch.run()
    assert files(tmp_path) == before


def test_another_request_does_again_only_what_it_changes(
    matcher: Matcher, demands: list[Demand], tmp_path: Path
):
    a_batch(matcher, demands, tmp_path).run()
    changed = [*demands]
    changed[0] = Demand("b0", Need(demands[0].need.commune, "Un café associatif"))
    departement = matcher.territory.communes[demands[0].need.commune].departement
    missing = a_batch(matcher, changed, tmp_path).missing()
    assert {part.departement for part in missing} == {departement}
    whole = a_batch(matcher, demands, tmp_path, top=6)
    assert whole.missing() == whole.parts


def test_parts_that_are_asked_no_more_are_removed(
    matcher: Matcher, demands: list[Demand], tmp_path: Path
):
    a_batch(matcher, demands, tmp_path / "a").run()
    a_batch(matcher, demands[:4], tmp_path / "a").run()
    a_batch(matcher, demands[:4], tmp_path / "b").run()
    assert files(tmp_path / "a") == files(tmp_path / "b")


def test_a_fingerprint_changes_with_all_that_the_bytes_depend_on(
    matcher: Matcher, demands: list[Demand]
):
    (part, *_), (other, *_) = (
        parts.partition(demands, matcher.territory, top=5, folder=None, versions=versions)
        for versions in (a_version("un"), a_version("deux"))
    )
    assert part.demands == other.demands
    assert part.fingerprint != other.fingerprint


def a_version(catalogue: str):
    from matcher.cohorts.batch.manifest import Versions

    return Versions(catalogue, "", "", "", "")


def test_every_need_is_in_one_part_of_its_departement(matcher: Matcher, demands: list[Demand]):
    found = parts.partition(
        demands, matcher.territory, top=5, folder=None, versions=a_version(""), largest=1
    )
    assert Counter(d.id for part in found for d in part.demands) == Counter(d.id for d in demands)
    assert len({part.key for part in found}) == len(found) == len(demands)
    for part in found:
        assert 0 < len(part) <= 1
        for demand in part.demands:
            assert matcher.territory.communes[demand.need.commune].departement == part.departement


# What is written


def test_results_are_those_of_the_matcher(matcher: Matcher, demands: list[Demand], tmp_path: Path):
    a_batch(matcher, demands, tmp_path).run()
    results = list(read_results(tmp_path))
    assert sorted(r.id for r in results) == sorted(d.id for d in demands)
    asked = {d.id: d.need for d in demands}
    for result in results:
        (answer,) = matcher.match_many([asked[result.id]], 5, on_theme=True)
        assert result.need.commune == asked[result.id].commune
        assert result.need.text == asked[result.id].text
        assert list(result.suggestions) == [suggestion_record(s, matcher.territory) for s in answer]


def test_the_table_has_one_row_a_suggestion_and_no_live_formula(matcher: Matcher, tmp_path: Path):
    risky = [
        Demand("=1+1", Need("01004", "=HYPERLINK recyclerie")),
        Demand("b", Need(DIE, "Un café")),
    ]
    a_batch(matcher, risky, tmp_path).run()
    assert (tmp_path / "suggestions.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    rows = table(tmp_path / "suggestions.csv")
    results = list(read_results(tmp_path))
    assert len(rows) == sum(len(result.suggestions) for result in results) == 10
    assert rows[0]["id_besoin"] == "'=1+1"
    assert rows[0]["besoin"].startswith("'=")
    assert rows[0]["insee"] == "01004"
    assert [float(row["score"].replace(",", ".")) for row in rows] == [
        s["score"] for result in results for s in result.suggestions
    ]
    assert not any(value.startswith(("=", "+", "@")) for row in rows for value in row.values())


def test_what_a_row_says_of_its_place_is_in_the_table_and_in_the_lines(
    matcher: Matcher, tmp_path: Path
) -> None:
    said = "commune;besoin\nlodeve;Une recyclerie\nLodeve (34);Un café\n"
    asked = parse_needs(said.encode(), matcher.territory).demands
    a_batch(matcher, [*asked, Demand("sans", Need(DIE, "Un café"))], tmp_path).run()
    lines = [json.loads(line) for line in (tmp_path / "suggestions.jsonl").open("rb")]
    typed = {line["id"]: line.get("commune_saisie") for line in lines}
    assert typed == {"ligne-2": "lodeve", "ligne-3": "Lodeve (34)", "sans": None}
    assert {
        (row["id_besoin"], row["commune_saisie"]) for row in table(tmp_path / "suggestions.csv")
    } == {(key, value or "") for key, value in typed.items()}


def test_the_load_counts_communes_once(matcher: Matcher, demands: list[Demand], tmp_path: Path):
    a_batch(matcher, demands, tmp_path).run()
    results = list(read_results(tmp_path))
    rows = {row["structure_id"]: row for row in table(tmp_path / "charge.csv")}
    assert rows.keys() == matcher.structures.keys()
    for structure, row in rows.items():
        needs = [
            (r, s) for r in results for s in r.suggestions if s["structure"]["id"] == structure
        ]
        first = [r for r, s in needs if s["rang"] == 1]
        assert int(row["besoins"]) == len(needs)
        assert int(row["besoins_premiere"]) == len(first)
        assert int(row["communes"]) == len({r.need.commune for r, _ in needs})
        assert int(row["communes_premiere"]) == len({r.need.commune for r in first})


def test_the_manifest_tells_the_digest_of_each_file_and_no_time(
    matcher: Matcher, demands: list[Demand], tmp_path: Path
):
    returned = a_batch(matcher, demands, tmp_path).run()
    manifest = Manifest.read(tmp_path)
    assert manifest == returned
    names = {path.name for path in tmp_path.iterdir() if path.is_file()}
    assert names == {*manifest.files, "manifeste.json"}
    for name, written in manifest.files.items():
        data = (tmp_path / name).read_bytes()
        assert written == writer.Written(hashlib.sha256(data).hexdigest(), len(data))
    assert manifest.counts["besoins"] == len(demands)
    assert manifest.counts["communes"] == len(ONE_A_REGION)
    assert list(manifest.parts) == sorted(manifest.parts)


def test_a_folder_without_a_manifest_has_no_results(tmp_path: Path):
    with pytest.raises(DataError, match="manifeste absent"):
        list(read_results(tmp_path))
    for text in ("[]", "[" * 100_000):
        (tmp_path / "manifeste.json").write_text(text, encoding="utf-8")
        with pytest.raises(DataError, match="manifeste illisible"):
            Manifest.read(tmp_path)
    (tmp_path / "manifeste.json").unlink()
    os.mkfifo(tmp_path / "manifeste.json")
    with pytest.raises(DataError, match="manifeste illisible"):
        Manifest.read(tmp_path)


def test_another_file_does_not_replace_the_results_of_a_folder_unless_asked(
    matcher: Matcher, tmp_path: Path
):
    def batch(text: str, name: str = "besoins.csv") -> Batch:
        about = {"besoins": name, "sha256": hashlib.sha256(text.encode()).hexdigest()}
        return Batch(
            BatchRequest([Demand("un", Need(LODEVE, text))], 2, about=about),
            tmp_path,
            matcher.territory,
        )

    batch(NEEDS[0]).run()
    batch(NEEDS[0]).run()  # the same again
    held = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    with pytest.raises(Occupied, match=r"fichier besoins\.csv, changé depuis.*--remplacer"):
        batch(NEEDS[1]).run()
    with pytest.raises(Occupied, match=r"autre demande \(fichier besoins\.csv\)"):
        batch(NEEDS[1], "autre.csv").run()
    assert held == {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    batch(NEEDS[1]).run(replace=True)
    assert next(read_results(tmp_path)).need.text == NEEDS[1]


def test_a_panorama_gives_three_structures_a_theme(matcher: Matcher, tmp_path: Path):
    cohort = parse_cohort("commune:34142", matcher.territory)
    a_batch(matcher, panorama(cohort), tmp_path, top=3).run()
    results = list(read_results(tmp_path))
    assert [r.id for r in results] == [f"{LODEVE}-{theme}" for theme in Theme]
    for result, theme in zip(results, Theme, strict=True):
        assert result.need.themes == {theme: 1.0}
        assert len(result.suggestions) == 3


# Workers that die, disks that are full


def test_a_part_whose_worker_is_killed_is_given_again(
    matcher: Matcher, demands: list[Demand], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    a_batch(matcher, demands, tmp_path / "tranquille").run()
    mark = tmp_path / "tué"

    def killed_once(part):
        if part.departement == "34" and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return parts.run_part(part)

    monkeypatch.setattr(workers, "run_part", killed_once)
    a_batch(matcher, demands, tmp_path / "troublé").run(jobs=2)
    assert mark.exists()
    assert files(tmp_path / "troublé") == files(tmp_path / "tranquille")


def test_a_part_that_always_kills_its_worker_ends_the_run_and_the_rest_is_kept(
    matcher: Matcher, demands: list[Demand], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def killed(part):
        if part.departement == "34":
            os.kill(os.getpid(), signal.SIGKILL)
        return parts.run_part(part)

    monkeypatch.setattr(workers, "run_part", killed)
    batch = a_batch(matcher, demands, tmp_path / "a")
    with pytest.raises(workers.WorkersLost, match="34-001 a arrêté 3 processus"):
        batch.run()
    assert not (tmp_path / "a" / "manifeste.json").exists()
    assert 0 < len(batch.missing()) < len(batch.parts)
    monkeypatch.undo()
    batch.run()
    a_batch(matcher, demands, tmp_path / "b").run()
    assert files(tmp_path / "a") == files(tmp_path / "b")


@pytest.mark.parametrize("apart", [False, True])
def test_a_process_that_did_its_tasks_is_replaced(apart: bool):
    pids = Counter(pid for _, pid in spread(whoami, range(7), 2, apart=apart, lasts=2))
    assert pids.total() == 7
    assert max(pids.values()) == 2
    assert os.getpid() not in pids


def whoami(task: int) -> int:
    return os.getpid()


def test_a_document_that_always_kills_its_process_is_named():
    with pytest.raises(Killed) as told:
        list(spread(dies_at_three, range(5), 2, apart=True))
    assert told.value.task == 3


def dies_at_three(task: int) -> None:
    if task == 3:
        os.kill(os.getpid(), signal.SIGKILL)


def test_two_runs_do_not_write_in_one_folder(tmp_path: Path):
    busy = pytest.raises(writer.Busy, match="Un autre traitement")
    with writer.alone(tmp_path), busy, writer.alone(tmp_path, patience=0):
        pass
    with writer.alone(tmp_path, patience=0):
        pass


def test_a_file_is_as_it_was_when_its_writing_fails(tmp_path: Path):
    path = tmp_path / "table.csv"
    writer.write(path, [b"avant"])

    def fails():
        yield b"apr"
        raise OSError(28, "plein")

    with pytest.raises(OSError):
        writer.write(path, fails())
    assert files(tmp_path) == {"table.csv": b"avant"}


# What changed


def test_changes_tell_new_gone_moved_and_score(
    matcher: Matcher, demands: list[Demand], tmp_path: Path
):
    a_batch(matcher, demands[1:], tmp_path / "avant").run()
    asked = [d for d in demands if d.id != "b3"]
    reworded = asked[5].id
    asked[5] = Demand(reworded, Need(asked[5].need.commune, NEEDS[3]))
    a_batch(matcher, asked, tmp_path / "après").run(since=tmp_path / "avant")
    rows = table(tmp_path / "après" / "changements.csv")
    found = {(row["id_besoin"], row["structure_id"]): row for row in rows}
    before = {r.id: ranks(r) for r in read_results(tmp_path / "avant")}
    after = {r.id: ranks(r) for r in read_results(tmp_path / "après")}
    expected = {("b0", ""): "besoin nouveau", ("b3", ""): "besoin retiré"}
    for key in before.keys() & after.keys():
        for structure in before[key].keys() | after[key].keys():
            was, now = before[key].get(structure), after[key].get(structure)
            if was == now:
                continue
            if was is not None and now is not None and was[0] == now[0] and key == reworded:
                continue  # the scores of two needs are not compared
            nature = "score"
            if was is None or now is None:
                nature = "nouvelle" if was is None else "disparue"
            elif was[0] != now[0]:
                nature = "déplacée"
            expected[key, structure] = nature
    assert {key: row["changement"] for key, row in found.items()} == expected
    assert {"nouvelle", "disparue"} < set(expected.values())
    assert all(row["structure"] for row in rows if row["structure_id"])
    gaps = {row["ecart_de_score"] for row in rows if row["id_besoin"] == reworded}
    assert gaps == {""}, "the scores of two needs are not subtracted"
    summary = table(tmp_path / "après" / "changements-departements.csv")
    assert sum(int(row["besoins_compares"]) for row in summary) == len(before.keys() & after.keys())
    assert sum(int(row["besoins_nouveaux"]) for row in summary) == 1
    assert sum(int(row["suggestions_nouvelles"]) for row in summary) == sum(
        nature == "nouvelle" for nature in expected.values()
    )


@pytest.mark.parametrize(
    ("told", "natures"),
    [
        ({}, ["score"]),
        ({"besoin": "Un café-librairie"}, []),
        ({"etape": "immobilier"}, []),
        ({"communes": [LODEVE, DIE]}, []),
    ],
)
def test_scores_are_compared_only_when_the_same_is_asked(
    tmp_path: Path, told: dict[str, object], natures: list[str]
):
    line = {
        **{"id": "b", "commune": "Lodève", "departement": "34", "insee": LODEVE},
        **{"besoin": "Un café", "themes": {}, "etape": None},
    }
    for name, more, score in (("avant", {}, 0.4), ("après", told, 0.8)):
        found = [{"structure": "s", "rang": 1, "score": score}]
        (tmp_path / name).mkdir()
        text = json.dumps({**line, **more, "suggestions": found}) + "\n"
        (tmp_path / name / SUGGESTIONS).write_text(text, encoding="utf-8")
    changes = Changes(tmp_path / "avant", tmp_path / "après")
    assert [change.nature for change in changes] == natures


def ranks(result) -> dict[str, tuple[int, float]]:
    return {s["structure"]["id"]: (s["rang"], s["score"]) for s in result.suggestions}


def test_nothing_changes_from_a_run_to_itself_even_when_lines_shift(
    matcher: Matcher, tmp_path: Path
):
    lines = ["commune,besoin", f"{DIE},Un café", f"{LODEVE},Une recyclerie"]
    for name, added in (("avant", []), ("après", [f"{LODEVE},Une crèche"])):
        path = tmp_path / f"{name}.csv"
        path.write_text("\n".join([lines[0], *added, *lines[1:]]), encoding="utf-8")
        asked, _ = read_demands(path, matcher.territory)
        since = None if name == "avant" else tmp_path / "avant"
        a_batch(matcher, asked, tmp_path / name).run(since=since)
    rows = table(tmp_path / "après" / "changements.csv")
    assert [(row["changement"], row["insee"]) for row in rows] == [("besoin nouveau", LODEVE)]


# As people run it


def command(*arguments: str, **known) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "matcher", "batch", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        **known,
    )


def test_bad_rows_are_refused_with_their_place_and_never_fatal(tmp_path: Path):
    needs = tmp_path / "besoins.csv"
    needs.write_text(
        "id;commune;besoin;themes\n"
        "a;34142;Ouvrir une recyclerie;\n"
        "b;Trifouillis;Ouvrir une recyclerie;\n"
        "c;Die;;\n"
        "d;Die;;divers\n"
        "a;Die;Un café;\n"
        "e;Die\n"
        "f;Die;Un café;tiers_lieu\n",
        encoding="utf-8",
    )
    out = tmp_path / "sortie"
    process = command(str(needs), "--out", str(out), "--jobs", "1", "--top", "2")
    said, told = process.communicate(timeout=60)
    assert process.returncode == 0, told
    assert "2 besoins, 2 communes, 4 suggestions" in said
    assert "Lignes refusées : 5" in told
    refused = table(out / "refus.csv")
    assert [(row["ligne"], row["colonne"]) for row in refused] == [
        ("3", "commune"), ("4", "besoin"), ("5", "themes"), ("6", "id"), ("7", "besoin")
    ]  # fmt: skip
    assert all(row["fichier"] == "besoins.csv" and row["regle"] for row in refused)
    assert json.loads((out / "manifeste.json").read_text())["comptes"]["refus"] == 5


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), 2, "BESOINS"),
        (("--cohort", "canton:1"), 3, "Cohorte inconnue"),
        ((__file__, "--cohort", "pvd"), 2, "l’un des deux"),
        (("--cohort", "commune:34142", "--since", "ici"), 2, "même dossier"),
        (("--cohort", "commune:34142", "--since", "vide"), 5, "manifeste absent"),
    ],
)
def test_a_mistake_is_answered_in_french(
    arguments: tuple[str, ...], code: int, said: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):  # fmt: skip
    from click.testing import CliRunner

    from matcher.commands import main

    monkeypatch.chdir(tmp_path)
    Path("ici").mkdir()
    Path("vide").mkdir()
    result = CliRunner().invoke(main, ["batch", *arguments, "--out", "ici"])
    assert result.exit_code == code, result.output
    assert said in result.stderr
    assert files(tmp_path) == {}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_cleanly_and_the_run_is_taken_up_again(number: int, tmp_path: Path):
    out = tmp_path / "sortie"
    asked = ("--cohort", "departement:94", "--out", str(out), "--jobs", "1", "--top", "1")
    process = command(*asked, start_new_session=True)
    until = time.monotonic() + 60
    while not list(out.glob("parts/*.jsonl")) and time.monotonic() < until:
        time.sleep(0.01)
    os.killpg(process.pid, number)
    _, told = process.communicate(timeout=60)
    if process.returncode == 0:  # the machine was faster than the signal
        return
    assert process.returncode == 130, told
    assert "Relancez la même commande" in told
    assert "Traceback" not in told
    assert not list(out.rglob(f"{writer.TEMPORARY}*"))
    if list(out.glob("parts/*.jsonl")) and not (out / "manifeste.json").exists():
        again = command(*asked)
        _, told = again.communicate(timeout=60)
        assert again.returncode == 0, told
        assert "Reprise : " in told


def test_what_was_repaired_in_a_text_stands_in_each_output(matcher: Matcher, tmp_path: Path):
    from matcher.cohorts.batch.demand import read_needs
    from matcher.cohorts.batch.run import request_of

    path = tmp_path / "besoins.csv"
    path.write_text("commune;besoin\n34142;Un cafÃ© associatif\n34142;Une recyclerie\n", "utf-8")
    needs = read_needs(path, matcher.territory)
    out = tmp_path / "out"
    manifest = Batch(request_of(needs, path, 2), out, matcher.territory).run()
    assert manifest.counts["besoins_repares"] == 1
    lines = [json.loads(line) for line in (out / SUGGESTIONS).read_text("utf-8").splitlines()]
    assert [len(line.get("reparations", [])) for line in lines] == [1, 0]
    rows = table(out / "suggestions.csv")
    assert {row["besoin"]: row["reparations"] for row in rows} == {
        "Un café associatif": lines[0]["reparations"][0],
        "Une recyclerie": "",
    }
