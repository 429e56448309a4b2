"""What we know: vocabulary, nouns, tables and their sources, territory."""

from . import files, french
from .faults import Fault
from .model import Area, Radius, Resource
from .terms import Backing, ResourceType
from .vocabulary import Scale

__all__ = [
    "Area",
    "Backing",
    "Fault",
    "Radius",
    "Resource",
    "ResourceType",
    "Scale",
    "files",
    "french",
]
