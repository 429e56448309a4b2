"""The territory: the communes of today, how they nest, how far apart they are (great circles)."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from matcher.catalogue.model import Area, Commune
from matcher.catalogue.vocabulary import Scale

from .doubts import UnknownCommune
from .epcis import epci_key, epcis_like
from .find import Gazetteer
from .names import Former, NamedArea, Names
from .tables import PVD, read_territory

__all__ = ["COUNTRY", "PVD", "Territory", "UnknownCommune"]

COUNTRY = Area(Scale.NATIONAL, "FR")
"""France: the 18 régions. The collectivités d’outre-mer are not in the data."""

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the Earth (IUGG)."""

Degrees = npt.NDArray[np.float64]


class Territory:
    """The communes of today: find one, nest them, measure between them.

    Parameters
    ----------
    communes : mapping of str to Commune
        By Insee code, sorted.
    former : sequence of Former
        Codes and names of former, delegated and associated communes and of arrondissements.
    names : mapping of Scale to mapping of str to str
        Names of the EPCI, départements and régions by code.
    pvd_vintage : str
        Month of the list of the Petites villes de demain (`2021-01`): to be shown with the label.
    elsewhere : sequence of NamedArea
        Places that are no commune and no area of ours: islands, former régions, pays.
    """

    def __init__(
        self,
        communes: Mapping[str, Commune],
        former: Sequence[Former],
        names: Mapping[Scale, Mapping[str, str]],
        pvd_vintage: str,
        elsewhere: Sequence[NamedArea] = (),
    ) -> None:
        self.communes = communes
        self.elsewhere = elsewhere
        self.pvd_vintage = pvd_vintage
        self.former = former
        self.names = names

    @classmethod
    def open(cls, folder: Path) -> Territory:
        """Read `folder/reference/*.csv`.

        Raises
        ------
        DataError
            When a table is missing or is not what it should be.
        """
        return cls(*read_territory(Path(folder) / "reference"))

    @cached_property
    def gazetteer(self) -> Gazetteer:
        """Finds communes by what people type."""
        return self.gazetteer_of(None)

    def gazetteer_of(self, folded: Callable[[], Names] | None) -> Gazetteer:
        """A gazetteer, of names that are folded already or of ours."""
        return Gazetteer(
            self.communes,
            self.former,
            self.names,
            self.region_of,
            self.elsewhere,
            self.members,
            folded,
        )

    @cached_property
    def region_of(self) -> Mapping[str, str]:
        """Région of each département, by code."""
        return {commune.departement: commune.region for commune in self.communes.values()}

    def find(self, query: str, guess: bool = True, code: str = "", beside: str = "") -> Commune:
        """The commune that a person or a file means: see `Gazetteer.find`.

        Raises
        ------
        UnknownCommune
            When none is meant, or several may be: `suggestions` holds them, best first.
        """
        return self.gazetteer.find(query, guess, code, beside)

    def epcis(self, query: str) -> list[str]:
        """SIREN of the EPCI of a full name, « (60) » or « , Oise » beside it or not."""
        for reading in self.gazetteer.readings(query, []):
            named = self._epcis_by_name.get(epci_key(reading.name), [])
            kept = [siren for siren in named if any(map(reading.keeps, self._of_epci(siren)))]
            if kept:
                return kept
        return []

    def epcis_like(self, query: str, limit: int = 5) -> list[Area]:
        """EPCI whose name holds the words of a text: see `epcis.epcis_like`."""
        found = epcis_like(query, self._epcis_by_name, limit)
        return [Area(Scale.EPCI, siren) for siren in found]

    def _of_epci(self, siren: str) -> Iterator[Commune]:
        return map(self.communes.__getitem__, self.members(Area(Scale.EPCI, siren)))

    @cached_property
    def _epcis_by_name(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for siren, name in self.names[Scale.EPCI].items():
            found[epci_key(name)].append(siren)
        return found

    def is_name(self, key: str) -> bool:
        """Whether a commune of today has this very name, folded as `place_key` does."""
        return bool(self.gazetteer.by_start.names.same(key))

    def search(self, query: str, limit: int = 10) -> list[Commune]:
        """Communes for an autocompletion, best first: see `Search.search`."""
        return self.gazetteer.by_start.search(query, limit)

    def code_of(self, commune: Commune) -> str:
        """What names a commune without a doubt: its Insee code, which `commune:` stands before
        where it is also the postal code of others.
        """
        shared = set(self.same_postcode(commune.insee)) - {commune}
        return f"commune:{commune.insee}" if shared else commune.insee

    def same_postcode(self, code: str) -> tuple[Commune, ...]:
        """Communes, most populous first, that have this postal code.

        One Insee code in twelve is the postal code of other communes: 15100 is Laveissenet, and the
        postal code of Saint-Flour. `find` asks which is meant.
        """
        return self.gazetteer.by_start.same_postcode(code)

    def resolve(self, code: str) -> str | None:
        """Insee code of today for a code of today or of former days; None when unknown.

        A former commune that was shared out has the commune of today that took its seat.
        """
        return code if code in self.communes else self._current.get(code)

    @cached_property
    def _current(self) -> dict[str, str]:
        return {former.code: former.current for former in self.former}

    def areas_of(self, commune: Commune | str) -> tuple[Area, ...]:
        """The areas that contain a commune, narrow to wide; no EPCI for four islands."""
        if isinstance(commune, str):
            commune = self.communes[commune]
        areas = [Area(Scale.COMMUNE, commune.insee)]
        if commune.epci is not None:
            areas.append(Area(Scale.EPCI, commune.epci))
        areas.append(Area(Scale.DEPARTEMENT, commune.departement))
        areas.append(Area(Scale.REGION, commune.region))
        return (*areas, COUNTRY)

    def members(self, area: Area) -> tuple[str, ...]:
        """Insee codes of the communes of an area, sorted; empty when the area does not exist."""
        if area.scale is Scale.COMMUNE:
            return (area.code,) if area.code in self.communes else ()
        return self._members.get(area, ())

    @cached_property
    def _members(self) -> dict[Area, tuple[str, ...]]:
        found: dict[tuple[Scale, str | None], list[str]] = {}
        for insee, commune in self.communes.items():
            for key in (
                (Scale.EPCI, commune.epci),
                (Scale.DEPARTEMENT, commune.departement),
                (Scale.REGION, commune.region),
            ):
                found.setdefault(key, []).append(insee)
        members = {Area(s, code): tuple(found[s, code]) for s, code in found if code is not None}
        return {**members, COUNTRY: tuple(self.communes)}

    def exists(self, area: Area) -> bool:
        """Whether the code is one of today at the level of the area."""
        if area.scale is Scale.COMMUNE:
            return area.code in self.communes
        return area == COUNTRY or area.code in self.names.get(area.scale, ())

    def name(self, area: Area) -> str:
        """French name of an area that exists.

        Raises
        ------
        KeyError
            When it does not.
        """
        if area == COUNTRY:
            return COUNTRY.scale.label
        if area.scale is Scale.COMMUNE:
            return self.communes[area.code].name
        return self.names[area.scale][area.code]

    def distance_km(self, a: str, b: str) -> float:
        """Great-circle distance between two communes (Insee codes of today), in kilometres."""
        if a == b:
            return 0.0
        one, other = self.communes[a], self.communes[b]
        return distance_km(one.lon, one.lat, other.lon, other.lat)

    def distances_km(self, insee: str) -> Degrees:
        """Distances from a commune to all, in the order of `communes`: shape (n,), kilometres."""
        place = self.communes[insee]
        return haversine_km(place.lon, place.lat, self.lons, self.lats)

    @cached_property
    def lons(self) -> Degrees:
        """Longitudes in the order of `communes`, WGS84 degrees, shape (n,)."""
        return np.array([commune.lon for commune in self.communes.values()])

    @cached_property
    def lats(self) -> Degrees:
        """Latitudes in the order of `communes`, WGS84 degrees, shape (n,)."""
        return np.array([commune.lat for commune in self.communes.values()])

    def within(self, insee: str, km: float) -> tuple[str, ...]:
        """Communes within `km` kilometres of one, itself included, nearest first.

        Nothing is near across an ocean: La Réunion is 9,000 km from the mainland. But the sea is
        not seen: an island within reach counts as near (Belle-Île is 15 km from Quiberon, with a
        ferry in between). An accepted limit.
        """
        distances = self.distances_km(insee)
        near = np.flatnonzero(distances <= km)
        order = near[np.argsort(distances[near], kind="stable")]
        return tuple(self.codes[i] for i in order)

    @cached_property
    def codes(self) -> list[str]:
        """Insee codes, sorted."""
        return list(self.communes)

    @cached_property
    def rows(self) -> dict[str, int]:
        """Place of each commune in the order of `communes`, by Insee code."""
        return {insee: row for row, insee in enumerate(self.communes)}


def haversine_km(lon: float, lat: float, lons: Degrees, lats: Degrees) -> Degrees:
    """Great-circle distances from one point to many.

    Parameters
    ----------
    lon, lat : float
    lons, lats : ndarray of float, shape (n,)
        WGS84 degrees.

    Returns
    -------
    ndarray of float, shape (n,)
        Kilometres, on a sphere: within 0.6 % of the ellipsoid.
    """
    east, north = np.radians(lons - lon), np.radians(lats - lat)
    narrow = np.cos(np.radians(lats)) * math.cos(math.radians(lat))
    half = np.sin(north / 2) ** 2 + narrow * np.sin(east / 2) ** 2
    distances: Degrees = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(half))
    return distances


def distance_km(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """`haversine_km` between two points, ten times faster than an array of one.

    >>> round(distance_km(3.3, 43.7, 5.4, 44.8))
    207
    """
    north, east = math.radians(other_lat - lat), math.radians(other_lon - lon)
    narrow = math.cos(math.radians(lat)) * math.cos(math.radians(other_lat))
    half = math.sin(north / 2) ** 2 + narrow * math.sin(east / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(half)))  # antipodes round past 1
