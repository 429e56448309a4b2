"""The API, version 1: JSON in, JSON out, without an account."""

from __future__ import annotations

from json import dumps

from flask import Blueprint, Response, current_app, request

from matcher import NeedError, UnknownCommune, UnknownStructure

from . import documents, problems, views

PREFIX = "/api/v1"

routes = Blueprint("api", __name__, url_prefix=PREFIX)

for module in (views, documents):
    module.add(routes)

routes.register_error_handler(NeedError, problems.unreadable)
routes.register_error_handler(UnknownCommune, problems.unknown_commune)
routes.register_error_handler(UnknownStructure, problems.unknown_structure)


@routes.before_request
def look_at_the_body() -> None:
    """Refuse a body that is no JSON object; its size is capped by `MAX_CONTENT_LENGTH`."""
    if request.method != "POST":
        return
    try:
        body = request.get_json()  # kept by the request: it is read once
        dumps(body, ensure_ascii=False).encode()
    except RecursionError:
        raise problems.RefusedRequest(400, "Le JSON est imbriqué trop profondément.") from None
    except UnicodeEncodeError:  # JSON can hold half a character, as "\\ud800"
        raise problems.RefusedRequest(400, "Un texte contient la moitié d’un caractère.") from None
    if not isinstance(body, dict):
        raise problems.RefusedRequest(422, "Un objet JSON est attendu : { … }.")


@routes.after_request
def share(response: Response) -> Response:
    """Let pages of the sites in `CORS_ORIGINS` (parted by spaces, none by default) read answers."""
    shared = current_app.config["CORS_ORIGINS"].split()
    origin = request.headers.get("Origin")
    if origin in shared:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Headers"] = "Content-Type"
        response.headers["Access-Control-Allow-Methods"] = "GET, POST"
    if shared:
        response.vary.add("Origin")
    return response
