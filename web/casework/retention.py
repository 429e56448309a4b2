"""How long what people leave is kept, and what is erased then."""

from __future__ import annotations

KEPT_YEARS = 3
"""Years after the last activity; the page « Vie privée » says so."""
