"""Swagger UI under the policy of the site: it works, and asks nothing elsewhere."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from .conftest import NewPage

pytestmark = pytest.mark.browser


def test_the_api_can_be_tried_in_the_page(visit: NewPage) -> None:
    page = visit("/api/v1/docs")
    route = page.locator("#operations-Besoin-post__api_v1_match")
    route.locator(".opblock-summary-control").click()
    route.get_by_role("button", name="Try it out").click()
    route.get_by_role("button", name="Execute").click()
    expect(route.locator(".live-responses-table .response-col_status").last).to_contain_text("200")
    expect(route.locator(".live-responses-table")).to_contain_text("Lodève")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
