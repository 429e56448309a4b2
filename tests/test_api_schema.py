"""The API does what its OpenAPI document says, whatever is sent: found by schemathesis."""

from __future__ import annotations

import os

import schemathesis
from hypothesis import settings

from matcher import Kind, Matcher, Stage, Theme
from web import create_app

EXAMPLES = 15 * int(os.environ.get("FUZZ", "1"))
"""Requests for each route, good and bad: all the routes in a few seconds."""

application = create_app(Matcher.open(), {"RATELIMIT_ENABLED": False})
schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)


@schema.parametrize()
@settings(max_examples=EXAMPLES)
def test_each_route_does_what_is_published(case: schemathesis.Case) -> None:
    """All the checks: status, media type and body as published, bad requests refused with a 4xx,
    good ones accepted, other methods refused with Allow, no 500."""
    case.call_and_validate()


def test_the_document_is_valid_openapi() -> None:
    schema.validate()
    assert schema.raw_schema["openapi"].startswith("3.1")


def test_every_route_of_the_api_is_described_and_no_page_is() -> None:
    served = {
        (rule.rule.replace("<", "{").replace(">", "}"), method.lower())
        for rule in application.url_map.iter_rules()
        if rule.endpoint.startswith("api.")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    pages = {("/api/v1", "get"), ("/api/v1/docs", "get"), ("/api/v1/openapi.json", "get")}
    described = {
        (path, method)
        for path, operations in schema.raw_schema["paths"].items()
        for method in operations
    }
    assert described == served - pages


def test_every_answer_has_a_model_and_every_error_is_a_problem() -> None:
    for path, operations in schema.raw_schema["paths"].items():
        for operation in operations.values():
            assert {"200", "422", "429"} <= set(operation["responses"])
            for status, response in operation["responses"].items():
                (media,) = response["content"]
                kind = "application/json" if status == "200" else "application/problem+json"
                assert media == kind, (path, status)
                assert response["content"][media]["schema"]["$ref"], (path, status)


def test_the_codes_are_those_of_the_data_with_their_labels() -> None:
    schemas = schema.raw_schema["components"]["schemas"]
    for terms in (Theme, Stage, Kind):
        assert schemas[terms.__name__]["enum"] == [term.value for term in terms]
        for term in terms:
            assert f"`{term.value}` {term.label}" in schemas[terms.__name__]["description"]
