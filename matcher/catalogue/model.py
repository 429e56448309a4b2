"""The nouns of the domain: what a commune, a structure, a need, a project and a resource are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .terms import Audience, Backing, Condition, Offer, PublicContact
from .vocabulary import Kind, Scale, Stage, Theme

OVERSEAS_REGIONS = frozenset({"01", "02", "03", "04", "06"})
"""Insee codes of the five régions d’outre-mer, each of one département."""

OLD_SOURCE_YEARS = 3
"""Age, years, past which a source calls for a warning. Counted from the newest source of the
catalogue, not from today: the same input gives the same bytes."""


@dataclass(frozen=True, slots=True)
class Area:
    """An administrative area: its level and its code at that level (`Area(REGION, "76")`)."""

    scale: Scale
    code: str


@dataclass(frozen=True, slots=True)
class Radius:
    """All communes within `km` kilometres (great circle) of the structure's seat."""

    km: float


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune of today.

    Parameters
    ----------
    insee : str
        Insee code, five characters (`2A004`, `97411`).
    departement, region, epci : str, str, str or None
        Insee codes, and the SIREN of the EPCI; None for the four islands without one.
    population : int or None
        Municipal population, inhabitants.
    lon, lat : float
        WGS84 degrees of the town hall, or of a point inside the contour (see `coord_source`).
    area_km2 : float or None
        Area of the contour, km².
    coord_source : str
        Where the point comes from: a code listed in `data/README.md`.
    labels : tuple of str
        Programmes the commune is in: `pvd` (Petites villes de demain).
    """

    insee: str
    name: str
    departement: str
    region: str
    epci: str | None
    population: int | None
    postcodes: tuple[str, ...]
    lon: float
    lat: float
    area_km2: float | None
    coord_source: str
    labels: tuple[str, ...] = ()

    @property
    def overseas(self) -> bool:
        """True in the five départements d’outre-mer, where département and région are one."""
        return self.departement.startswith("97")


_WIDE = (Scale.REGION, Scale.NATIONAL)


@dataclass(frozen=True, slots=True)
class Structure:
    """A support structure: who helps, with what, where, and how we know.

    Parameters
    ----------
    id : str
        Stable key, lower-case letters, digits and hyphens.
    kind : Kind
        Its main kind; `other_kinds` are the further ones.
    themes : tuple of Theme
        What it is a specialist of; empty for a generalist (see `generalist`).
    generalist : bool
        True when it helps whatever the theme.
    coverage : tuple of Area or Radius
        The communes it answers for: the union of these.
    seat : str or None
        Insee code of the commune of its seat, None when unknown.
    body : str
        The body that stands behind the row, itself when alone: rows of one body are one answer.
    network : str
        The network it is a member or a branch of ("" when none): its branches resemble each other.
    source, source_year : str, int or None
        Page where it was seen ("" when none) and the year of that page.
    to_verify : bool
        True when the row is doubtful; `note` then says why.
    trades, second_trades, offers : tuples
        Subjects that it is called for, those where it is a good second, what it does for who calls;
        empty while nobody has read them in its record.
    typical_needs : tuple of str
        Needs for which one would be right to call it, in the words of a town; our team wrote them,
        not the structure.
    conditions : tuple of Condition
        What it asks of a commune or of a project, as its pages say.
    contacts : tuple of PublicContact
        How it is reached and what its help costs; empty where we do not know.
    """

    id: str
    name: str
    aliases: tuple[str, ...]
    kind: Kind
    other_kinds: tuple[Kind, ...]
    themes: tuple[Theme, ...]
    generalist: bool
    stages: tuple[Stage, ...]
    audiences: tuple[Audience, ...]
    coverage: tuple[Area | Radius, ...]
    seat: str | None
    body: str
    network: str
    description: str
    website: str
    source: str
    source_year: int | None
    to_verify: bool
    note: str
    trades: tuple[str, ...] = ()
    second_trades: tuple[str, ...] = ()
    typical_needs: tuple[str, ...] = ()
    offers: tuple[Offer, ...] = ()
    conditions: tuple[Condition, ...] = ()
    contacts: tuple[PublicContact, ...] = ()

    def takes(self, commune: Commune) -> bool:
        """Whether a commune meets all that it asks and that we know of communes."""
        return all(condition.allows(commune) for condition in self.conditions)

    @property
    def approximate(self) -> bool:
        """Whether its area stands for a list of communes that we do not have (« couverture
        approximative »): a circle, or a park given by anything else than its communes.
        """
        park = self.kind is Kind.PARC_NATUREL
        return any(
            isinstance(part, Radius) or (park and part.scale is not Scale.COMMUNE)
            for part in self.coverage
        )

    @property
    def accompanies(self) -> bool:
        """Whether helping others is its trade: an operator of the place does the thing itself."""
        return self.kind is not Kind.OPERATEUR_LOCAL

    @property
    def overseas(self) -> bool:
        """True when it serves régions d’outre-mer and nothing else at that level or above."""
        wide = [a for a in self.coverage if isinstance(a, Area) and a.scale in _WIDE]
        return all(a.scale is Scale.REGION and a.code in OVERSEAS_REGIONS for a in wide)

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """Its main kind, then the others."""
        return (self.kind, *self.other_kinds)

    @property
    def national_head(self) -> bool:
        """True for the member of a network that covers the whole country."""
        return bool(self.network) and self.scale is Scale.NATIONAL

    @property
    def scale(self) -> Scale | None:
        """The widest level of its coverage; None for a radius."""
        order = list(Scale)
        scales = [area.scale for area in self.coverage if isinstance(area, Area)]
        return max(scales, key=order.index) if scales else None


@dataclass(frozen=True, slots=True)
class Project:
    """An ESS project that exists, with the structures that it names and its source.

    Parameters
    ----------
    structures, roles : tuple of str, tuple of Backing
        Ids of those that supported it or are named for it, and what each did, in their order;
        no role when all of them accompanied it.
    """

    id: str
    title: str
    commune: str | None
    territory: str
    departement: str
    themes: tuple[Theme, ...]
    description: str
    year: int | None
    holder: str
    structures: tuple[str, ...]
    source: str
    to_verify: bool = False
    note: str = ""
    roles: tuple[Backing, ...] = ()

    @property
    def backings(self) -> dict[str, Backing]:
        """By structure id, what it did."""
        roles = self.roles or (Backing.ACCOMPAGNE,) * len(self.structures)
        return dict(zip(self.structures, roles, strict=True))


@dataclass(frozen=True, slots=True)
class Resource:
    """Something to read or to watch: a guide, a webinar, an experience sheet."""

    id: str
    title: str
    type: str
    themes: tuple[Theme, ...]
    year: int | None
    publisher: str
    url: str
    structures: tuple[str, ...]
    to_verify: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Venue:
    """A place to visit: nothing says that it helps anybody. `day` is that of its source."""

    id: str
    name: str
    commune: str
    source: str
    day: str


@dataclass(frozen=True)
class Need:
    """What a commune asks for, in codes: `check_need` refuses one that is none.

    Parameters
    ----------
    commune : str
        Insee code of a commune of today, or `epci:` and a SIREN, or `departement:` and its code,
        or several Insee codes with commas: the first one then speaks for them.
    text : str
        In plain French, at most 5,000 characters.
    themes : tuple of str, or mapping of str to weight in ]0, 1]
        Codes of `Theme` declared by the commune: they outrank those read in the text.
    stage, situations : str or None, tuple of str
        Code of a `Stage`: the situation of the project, if said; and of others that hold beside it.
    audience : str or None
        Code of an `Audience`: who asks or will carry the project, None when not said.
    excluded : tuple of str
        Themes that the commune does not mean, though its text reads so; declaring one outranks it.
    places : tuple of str
        Insee codes of all the communes of a need of several; `commune` then speaks for them.
    """

    commune: str
    text: str = ""
    themes: tuple[str, ...] | Mapping[str, float] | Mapping[Theme, float] = field(
        default_factory=tuple
    )
    stage: str | None = None
    audience: str | None = None
    excluded: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    situations: tuple[str, ...] = ()
