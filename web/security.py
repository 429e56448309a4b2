"""Headers that keep a page to what the site itself sends."""

from __future__ import annotations

from flask import Flask, Response, request

POLICY = "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'"
"""No code and no style in the pages themselves, nothing from elsewhere."""

HEADERS = {
    "Content-Security-Policy": f"{POLICY}; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # The address of a page holds the need: it is not told to other sites.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}


STRICT = "max-age=31536000"
"""Over https, a browser asks over nothing else for a year, seconds; a name that is beneath this one
is left alone, for it may be another site."""
FRAMED = {
    # Partners of any address may show the widget: it has no account, no cookie and no secret.
    "Content-Security-Policy": f"{POLICY}; frame-ancestors *",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
"""What is different for the one page that other sites may frame."""
WIDGET = "public.widget"

DRAWN = {"Content-Security-Policy": f"{POLICY}; img-src 'self' data:; frame-ancestors 'none'"}
"""What Swagger UI needs more: icons that its style sheet holds as `data:`. Its code comes from our
own files, without `eval`, and sets styles from code only. The page that sets the second factor up
draws its secret the same way: it is stored nowhere."""
DRAWING = ("api.docs", "security.two_factor_setup")


def protect(app: Flask) -> None:
    """Set the headers on every answer, errors included."""

    @app.after_request
    def headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)  # a page may be stricter
        if request.is_secure:
            response.headers["Strict-Transport-Security"] = STRICT
        if request.endpoint == WIDGET and response.status_code < 400:
            response.headers.update(FRAMED)
            del response.headers["X-Frame-Options"]
        elif request.endpoint in DRAWING:
            response.headers.update(DRAWN)
        return response
