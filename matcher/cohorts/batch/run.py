"""A batch: a whole cohort answered in one run that can be stopped and taken up again.

The needs are cut into parts by département. Each part is answered on its own and put on the disk
whole, with a fingerprint of all that its bytes depend on; a part whose fingerprint is already there
is not done again. The files for people are then assembled from the parts, the manifest last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from matcher.catalogue import files
from matcher.catalogue.faults import Fault
from matcher.catalogue.model import Need
from matcher.catalogue.vocabulary import Theme
from matcher.ranking.matcher import Matcher
from matcher.reports.answer.records import structure_record
from matcher.tables.understood import counts, refused_file
from matcher.territory.nest import Territory

from . import changes
from .assembly import MENDABLE, assemble, write_table
from .demand import Demand, Needs
from .manifest import (
    NAME,
    Manifest,
    Result,
    Versions,
    criteria,
    described,
    read_results,
    read_structures,
    subject,
)
from .parts import LARGEST, Part, opened, partition
from .wording import Cohort
from .workers import run_here, run_there

__all__ = ["Batch", "BatchRequest", "Manifest", "Result", "panorama", "read_results"]

CHANGES = "changements.csv"
CHANGES_SUMMARY = "changements-departements.csv"
PARTS = "parts"


@dataclass(frozen=True)
class BatchRequest:
    """What is asked of a batch.

    Parameters
    ----------
    demands : sequence of Demand
        Good needs: see `demand.read_demands` and `panorama`.
    top : int
        Suggestions a need, at most.
    refused : sequence of Fault
        Rows left out, for their file.
    about : mapping
        Where the needs come from, for the manifest.
    counts : mapping of str to int
        Rows of the file: in all, read, refused, blank.
    mendable : (str, bytes)
        The refused rows as they were: extension and bytes of their file; no bytes when none are.
    """

    demands: Sequence[Demand]
    top: int
    refused: Sequence[Fault] = ()
    about: Mapping[str, Any] | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    mendable: tuple[str, bytes] = ("", b"")


def request_of(needs: Needs, path: Path, top: int) -> BatchRequest:
    """The request of a table of needs."""
    return BatchRequest(
        needs.demands,
        top,
        needs.faults,
        {"besoins": path.name, "sha256": files.digest_of(path)},
        counts(needs.table, needs.faults),
        refused_file(needs.table, needs.faults) if needs.faults else ("", b""),
    )


def panorama(cohort: Cohort) -> list[Demand]:
    """A need for each commune of a cohort and each theme: the theme declared, no text."""
    return [
        Demand(f"{insee}-{theme}", Need(insee, themes=(theme,)))
        for insee in cohort.members
        for theme in Theme
    ]


class Occupied(RuntimeError):
    """A folder holds the results of another request; the message is French."""


class Batch:
    """A request, its parts and the folder of its results.

    Parameters
    ----------
    folder : Path or None
        Data folder, None for the embedded data.
    out : Path
        Made when it is not there.
    largest : int
        Needs of a part, at most.
    """

    def __init__(
        self,
        request: BatchRequest,
        out: Path,
        territory: Territory,
        folder: Path | None = None,
        largest: int = LARGEST,
    ) -> None:
        self.request = request
        self.out = out
        self.versions = Versions.of(folder or Matcher.embedded())
        self.parts = partition(
            request.demands,
            territory,
            top=request.top,
            folder=folder,
            versions=self.versions,
            largest=largest,
        )
        self._folder = None if folder is None else str(folder.resolve())

    def missing(self) -> list[Part]:
        """The parts that are still to be done."""
        return [p for p in self.parts if not p.is_done(self.out / PARTS / f"{p.key}.jsonl")]

    def run(
        self,
        *,
        jobs: int = 1,
        scheduler: str | None = None,
        since: Path | None = None,
        replace: bool = False,
        progress: Callable[[Iterator[Part], Sequence[Part]], Iterator[Part]] | None = None,
    ) -> Manifest:
        """Do the parts that are missing, then assemble all.

        Parameters
        ----------
        jobs : int
            Processes of this machine.
        scheduler : str or None
            Address of a Dask scheduler, to compute there instead.
        since : Path or None
            Folder of a former run of the same cohort, to say what changed.
        replace : bool
            Whether the results of another request, if the folder has some, may be replaced.
        progress : function or None
            Given the parts as they end and those to be done; hands the former on.

        Raises
        ------
        OSError
            Disk full, folder that cannot be written: what was finished is kept.
        Busy, WorkersLost, NoCluster, WrongVersions
            With a French message; the same call takes the run up again.
        Occupied
            The folder has the results of another request, or `since` is one of another cohort.
        DataError
            When the data, or the folder of the former run, cannot be read.
        """
        if since is not None:
            self._check_since(Manifest.read(since), since)  # before the work, not after it
        if not replace:
            self._check_place()
        folder = self.out / PARTS
        folder.mkdir(parents=True, exist_ok=True)
        with files.alone(self.out):
            files.tidy(self.out)
            files.tidy(folder)
            missing = self.missing()
            matcher = opened(self._folder, self.versions.digest)
            if missing:
                # One answer builds the arrays that forked workers share.
                list(matcher.match_many([missing[0].demands[0].need]))
                if scheduler:
                    done = run_there(missing, folder, scheduler)
                else:
                    done = run_here(missing, folder, jobs)
                for _ in progress(done, missing) if progress else done:
                    pass
            return self._assemble(matcher, since)

    def _check_place(self) -> None:
        """Refuse the folder of another request: its results would be replaced."""
        if not (self.out / NAME).is_file():
            return
        former = Manifest.read(self.out).asked
        if subject(former) != subject(self.request.about or {}):
            mine = self.request.about or {}
            same = described(former) == described(mine)
            what = f"{described(mine)}, changé depuis" if same else described(former)
            raise Occupied(
                f"« {self.out} » a les résultats d’une autre demande ({what}) : choisissez un "
                "autre dossier, ou ajoutez --remplacer."
            )

    def _check_since(self, former: Manifest, since: Path) -> None:
        """Refuse to compare two cohorts: all of the one would be new, all of the other gone."""
        mine = self.request.about or {}
        former.check(since)
        if former.asked.get("cohorte") != mine.get("cohorte"):
            raise Occupied(
                f"« {since} » a les résultats d’une autre demande ({described(former.asked)}), pas "
                f"de celle-ci ({described(mine)}) : rien n’est à comparer."
            )

    def _assemble(self, matcher: Matcher, since: Path | None) -> Manifest:
        (self.out / NAME).unlink(missing_ok=True)  # until all is written, the run is not whole
        keep = {f"{part.key}.jsonl" for part in self.parts}
        for path in (self.out / PARTS).glob("*.jsonl"):
            if path.name not in keep:
                path.unlink()
        catalogue = list(matcher.structures.values())
        structures = {s.id: structure_record(s) for s in catalogue}
        kept = {demand.id: dict(demand.kept) for demand in self.request.demands if demand.kept}
        written, told = assemble(
            self.parts, self.out, structures, catalogue, self.request.refused, kept
        )
        written |= self._mendable()
        about = dict(self.request.about or {}, top=self.request.top)
        for name in (CHANGES, CHANGES_SUMMARY):
            (self.out / name).unlink(missing_ok=True)  # those of a former run would lie
        if since is not None:
            about["depuis"] = files.digest_of(since / NAME)
            written.update(self._compare(since, matcher.territory, structures))
        manifest = Manifest(
            asked=about,
            versions=self.versions,
            criteria=criteria(),
            counts={**told, **self.request.counts},
            parts={part.key: part.fingerprint for part in self.parts},
            files=written,
        )
        manifest.write(self.out)
        return manifest

    def _mendable(self) -> dict[str, files.Written]:
        """Write the refused rows as they were; a file of a former run would lie."""
        for path in self.out.glob(f"{MENDABLE}.*"):
            path.unlink()
        extension, data = self.request.mendable
        name = f"{MENDABLE}{extension}"
        return {name: files.write(self.out / name, (data,))} if data else {}

    def _compare(
        self, since: Path, territory: Territory, structures: Mapping[str, dict[str, Any]]
    ) -> dict[str, files.Written]:
        both = {**read_structures(since), **structures}
        names = {key: record["nom"] for key, record in both.items()}
        found = changes.Changes(since, self.out)
        rows = changes.change_rows(found, names)
        return {
            CHANGES: write_table(self.out / CHANGES, changes.COLUMNS, rows),
            CHANGES_SUMMARY: write_table(
                self.out / CHANGES_SUMMARY, changes.SUMMARY_COLUMNS, found.summary(territory)
            ),
        }
