"""Places: found or asked, nested (commune, EPCI, département, région), measured."""

from .doubts import Doubt
from .together import Place

__all__ = [
    "Doubt",
    "Place",
]
