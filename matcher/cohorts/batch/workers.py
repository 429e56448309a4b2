"""Workers: processes that take one part at a time, of this machine or of several (Dask).

The same parts give the same bytes on one machine and on several; with several, only this one
writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from matcher.catalogue import files

from .parts import Part, run_part
from .processes import TRIES, Killed, spread


class WorkersLost(RuntimeError):
    """Workers keep dying on one part, or on one document; the message is French."""


def run_here(parts: Sequence[Part], folder: Path, jobs: int) -> Iterator[Part]:
    """Answer parts with `jobs` processes; each part is given back once its file is on the disk.

    Parameters
    ----------
    folder : Path
        Where the files go: `<key>.jsonl`.

    Raises
    ------
    WorkersLost
        When a part killed `TRIES` workers.
    OSError, WrongVersions, DataError
        What stopped a worker.
    """
    try:
        for part, _ in spread(partial(_answer, folder), parts, jobs):
            yield part
    except Killed as error:
        raise WorkersLost(
            f"La partie {error.task.key} a arrêté {TRIES} processus de calcul (mémoire "
            "insuffisante ?). Ce qui est fait est gardé : relancez la même commande, avec moins "
            "de processus (--jobs), pour reprendre."
        ) from None


def _answer(folder: Path, part: Part) -> None:
    """Answer a part, and write its file."""
    files.write(folder / f"{part.key}.jsonl", (run_part(part),))


AHEAD = 2
"""Parts under way per thread of the cluster: one at work, one ready, and no heap of answers."""
TIMEOUT = 10
"""Seconds to reach the scheduler."""


class NoCluster(RuntimeError):
    """The cluster cannot be used; the message is French."""


def run_there(parts: Sequence[Part], folder: Path, address: str) -> Iterator[Part]:
    """Answer parts on a cluster; each is given back once its file is on the disk here.

    Parameters
    ----------
    folder : Path
        Where the files go: `<key>.jsonl`.
    address : str
        Of the Dask scheduler: `tcp://10.0.0.1:8786`. Its machines have the same code and data.

    Raises
    ------
    NoCluster
        When the extra is not installed or nobody answers at this address.
    WorkersLost
        When a part killed as many workers as the scheduler allows.
    OSError, WrongVersions, DataError
        What stopped a worker, or the writing here.
    """
    try:
        from distributed import Client, KilledWorker, as_completed
    except ImportError:
        raise NoCluster(
            "Le calcul sur plusieurs machines demande le module « distributed » : "
            "pip install maillage[cluster]."
        ) from None
    try:
        client = Client(address, timeout=TIMEOUT, set_as_default=False)
    except (OSError, ValueError, TimeoutError):
        raise NoCluster(f"Aucun ordonnanceur Dask ne répond à « {address} ».") from None
    with client:
        try:
            client.wait_for_workers(1, timeout=TIMEOUT)
        except TimeoutError:
            raise NoCluster(f"L’ordonnanceur « {address} » n’a aucune machine de calcul.") from None
        threads = sum(client.nthreads().values())
        waiting = iter(parts)
        asked = {}

        def ask() -> None:
            """Send the next part, if there is one."""
            for part in waiting:
                future = client.submit(run_part, part, key=f"{part.key}-{part.fingerprint}")
                asked[future.key] = part
                under_way.add(future)
                return

        under_way = as_completed(loop=client.loop)
        for _ in range(AHEAD * threads):
            ask()
        for future in under_way:
            part = asked.pop(future.key)
            try:
                data = future.result()
            except KilledWorker:
                raise WorkersLost(
                    f"La partie {part.key} a arrêté plusieurs machines de calcul. Ce qui est fait "
                    "est gardé : relancez la même commande pour reprendre."
                ) from None
            files.write(folder / f"{part.key}.jsonl", (data,))
            future.release()
            ask()
            yield part
