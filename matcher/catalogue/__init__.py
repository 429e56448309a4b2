"""What we know: vocabulary, nouns, tables and their sources, territory."""

from . import files, french, release
from .faults import Fault, missing
from .model import Area, Radius, Resource
from .terms import Backing, Cost, Limit, Offer, PublicContact, ResourceType, Way
from .vocabulary import Scale

__all__ = [
    "Area",
    "Backing",
    "Cost",
    "Fault",
    "Limit",
    "Offer",
    "PublicContact",
    "Radius",
    "Resource",
    "ResourceType",
    "Scale",
    "Way",
    "files",
    "french",
    "missing",
    "release",
]
