"""What the site asks of the world around it: somewhere to leave the requests of visitors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol


class Kind(StrEnum):
    """What a visitor leaves."""

    INTRODUCTION = "mise-en-relation"
    PROJECT = "projet"
    CORRECTION = "correction"


@dataclass(frozen=True)
class Request:
    """Something that a visitor left.

    Parameters
    ----------
    token : str
        Drawn with the form: the same token and the same content are one request sent twice.
    content : mapping
        The fields, checked: texts, lists of texts and booleans that JSON can hold.
    """

    kind: Kind
    token: str
    content: Mapping[str, Any]


class InboxUnavailable(Exception):
    """Nothing was stored: the visitor must be told, and keep what was typed."""


class Inbox(Protocol):
    """Keeps requests until somebody deals with them."""

    def receive(self, request: Request) -> str:
        """Store a request once, however often it is sent, and give its reference.

        Raises
        ------
        InboxUnavailable
            When it could not be stored whole.
        """
        ...
