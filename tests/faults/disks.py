"""A disk that is too small: a `tmpfs` where this user may mount one, else a limit to the files."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def small_disk(folder: Path, kilobytes: int = 400) -> Iterator[Callable[[], object]]:
    """A small disk on `folder`, and what makes it large; else a limit to the size of files."""
    if mounted(folder, kilobytes):
        larger = ["mount", "-o", "remount,size=64m", str(folder)]
        try:
            yield lambda: subprocess.run(larger, check=True)
        finally:
            subprocess.run(["umount", str(folder)], check=True)
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (kilobytes * 250, hard))
    try:
        yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def mounted(folder: Path, kilobytes: int) -> bool:
    """Mount a disk; False where this user may not."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)]
    return subprocess.run(command, capture_output=True).returncode == 0


def fill(folder: Path, left: int) -> Path:
    """Take the room of a disk but `left` kilobytes; to remove the file makes room again."""
    ballast = folder / "lest"
    free = os.statvfs(folder)
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, free.f_bavail * free.f_frsize - left * 1024)
    return ballast
