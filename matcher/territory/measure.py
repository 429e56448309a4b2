"""How far: great circle everywhere, mainland and overseas alike; a travel time from it."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the Earth (IUGG)."""

DETOUR = 1.3
"""Road kilometres for one kilometre as the crow flies. Studies of road networks find 1.2 to 1.4;
mountains and estuaries more. Chosen within that range, not calibrated here."""

LOCAL_KM = 50.0
"""First kilometres of road, driven at the speed of local roads; past them, most is expressway."""
LOCAL_KMH = 50.0
"""Average speed door to door on local roads, km/h: 80 between villages, 50 within, stops. Chosen as
plausible, not calibrated here."""
EXPRESS_KMH = 90.0
"""Average speed past `LOCAL_KM`, km/h. Chosen as plausible, not calibrated here."""

NEAR_KM = 1.0
"""Shortest distance with an estimate, kilometres: a point stands for a whole commune, and « 0 min »
within it would say what is not known."""

TRAVEL_MAX_KM = 200.0
"""Longest distance with an estimate, kilometres: farther, people take a motorway, a train or a
plane, and the speed of local roads says nothing."""

Degrees = npt.NDArray[np.float64]


def haversine_km(lon: float, lat: float, lons: Degrees, lats: Degrees) -> Degrees:
    """Great-circle distances from one point to many.

    Parameters
    ----------
    lon, lat : float
        WGS84 degrees.
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


def travel_minutes(km: float) -> int | None:
    """Estimate the time by road, in minutes, for a great-circle distance in kilometres.

    No road graph is embedded: distance x `DETOUR`, at `LOCAL_KMH` for the first `LOCAL_KM` and at
    `EXPRESS_KMH` past them, rounded up. An order of magnitude, to be shown as « estimation ». It
    knows no ferry: to an island it is wrong.

    Returns
    -------
    int or None
        None below `NEAR_KM` and past `TRAVEL_MAX_KM`, where the estimate would mislead.

    >>> travel_minutes(10)
    16
    """
    if not NEAR_KM <= km <= TRAVEL_MAX_KM:
        return None
    road = km * DETOUR
    local = min(road, LOCAL_KM)
    return math.ceil(60 * (local / LOCAL_KMH + (road - local) / EXPRESS_KMH))
