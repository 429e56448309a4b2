"""Who may ask for what: what is not written is refused."""

from __future__ import annotations

from casework import Space

from web.access import Role


def test_an_adviser_signs_in_with_a_password_and_a_code(space: Space) -> None:
    assert space.client("lea").get("/espace/").status_code == 200
    assert space.client("bob", Role.ADMIN).get("/espace/").status_code == 200
