"""The yardstick of a batch: how long this machine takes to read the candidates once from memory.

A candidate of a commune is `BYTES`: its number (4), its level and flags (4), what the need says of
it (8), what its track record is worth (8) and its seat as a point of the unit sphere (24), in
float64. Brute force that looks once at each pair of commune and candidate reads that much; bounds,
which skip pairs, and float32 can do with less. The bytes of all the pairs are streamed by numpy
from a table too large for the caches, by as many threads as there are cores.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median

import numpy as np

BYTES = 48
TABLE_BYTES = 1_024 * 1_024**2
ROUNDS = 9


def bytes_a_second(threads: int) -> float:
    """Bytes that `threads` cores read in a second, median of a few rounds."""
    table = np.ones(TABLE_BYTES // 8, dtype=np.int64)
    parts = np.array_split(table, threads)
    rates = []
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(ROUNDS):
            start = time.perf_counter()
            list(pool.map(np.bitwise_or.reduce, parts))
            rates.append(TABLE_BYTES / (time.perf_counter() - start))
    return median(rates)


def seconds(pairs: float, threads: int | None = None) -> float:
    """Seconds to read `pairs` candidates once."""
    return pairs * BYTES / bytes_a_second(threads or os.cpu_count() or 1)
