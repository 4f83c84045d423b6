"""GS1 Digital Link URIs, uncompressed: `https://host/…/01/…/21/…?17=…`.

The rightmost primary key in the path begins the identity, its qualifiers follow
in fixed order; what else is known about the item stands in the query.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, unquote, unquote_plus

from agent.domain.gs1.elements import (
    ELEMENTS_MAX,
    Element,
    checked_element,
    guard_length,
    known_ai,
)
from agent.domain.gs1.errors import Gs1Error
from agent.domain.gs1.table import AIS, LINK_PATHS, Link

CANONICAL_STEM = "https://id.gs1.org"
# Mixed case in the scheme is legal in a URI, but not in a Digital Link.
SCHEMES = ("https://", "HTTPS://", "http://", "HTTP://")
_PATH = r"[A-Za-z0-9\-._~:/\[\]@!$&'()*+,;=%]"
_URI = re.compile(
    rf"(?:https?|HTTPS?)://(?P<host>[A-Za-z0-9\-.:\[\]]+)(?P<path>/{_PATH}*)"
    rf"(?:\?(?P<query>(?:\?|{_PATH})*))?(?:\#(?:[?\#]|{_PATH})*)?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitalLink:
    """A parsed URI: host and own path as written, identity, attributes."""

    host: str
    own_path: str
    identity: tuple[Element, ...]
    attributes: tuple[Element, ...]

    @property
    def elements(self) -> tuple[Element, ...]:
        """Identity first, then attributes, in the order of the URI."""
        return self.identity + self.attributes

    def canonical(self) -> str:
        """The identity as a URI at id.gs1.org, without attributes."""
        return CANONICAL_STEM + _path(self.identity)


def parse_digital_link(text: str) -> DigitalLink:
    """Parse an uncompressed URI; `Gs1Error` if it is none, or holds bad values."""
    guard_length(text)
    match = _URI.fullmatch(text)
    if match is None:
        raise Gs1Error(_why_no_uri(text))
    own_path, identity = _split_path(match["path"])
    attributes = _attributes(match["query"] or "")
    _check_order(identity)
    _check_attributes(identity, attributes)
    return DigitalLink(
        host=match["host"],
        own_path=own_path,
        identity=tuple(identity),
        attributes=tuple(attributes),
    )


def build_digital_link(elements: Iterable[Element], stem: str = CANONICAL_STEM) -> str:
    """The URI of the elements under `stem` (scheme, host, own path).

    The first primary key leads; as many qualifiers as can follow it do; the rest
    goes to the query in the order given. `Gs1Error` where that cannot be done.
    """
    given = {e.ai: checked_element(known_ai(e.ai), e.value) for e in elements}
    path = _best_path(given)
    rest = [element for code, element in given.items() if code not in path]
    uri = stem.rstrip("/") + _path(given[code] for code in path)
    if rest:
        uri += "?" + "&".join(f"{e.ai}={quote(e.value, safe='')}" for e in rest)
    parse_digital_link(uri)
    return uri


def _path(elements: Iterable[Element]) -> str:
    return "".join(f"/{e.ai}/{quote(e.value, safe='')}" for e in elements)


def _split_path(path: str) -> tuple[str, list[Element]]:
    """What stands before the rightmost primary key, and the pairs from there on."""
    segments = path.split("/")
    for at in range(len(segments) - 2, 0, -2):
        ai = AIS.get(segments[at])
        if ai is None:
            break
        if ai.link is Link.KEY:
            pairs = zip(segments[at::2], segments[at + 1 :: 2], strict=True)
            identity = [_element(code, unquote(v, "latin-1")) for code, v in pairs]
            return "/".join(segments[:at]), identity
    raise Gs1Error("the path ends in no GS1 key with its value")


def _attributes(query: str) -> list[Element]:
    """The AIs of the query; other names are not for us, unless they look like AIs."""
    words = [word for word in query.split("&") if word]
    if len(words) > ELEMENTS_MAX:
        raise Gs1Error(f"{len(words)} query parameters; at most {ELEMENTS_MAX}")
    named = (word.partition("=") for word in words)
    return [
        _element(name, unquote_plus(value, "latin-1"))
        for name, equals, value in named
        if equals and (not name or name.isdigit())
    ]


def _element(code: str, value: str) -> Element:
    return checked_element(known_ai(code), value)


def _check_order(identity: list[Element]) -> None:
    if tuple(e.ai for e in identity) not in LINK_PATHS:
        path = "/".join(e.ai for e in identity)
        raise Gs1Error(f"the qualifiers of {path} do not follow their key in order")


def _check_attributes(identity: list[Element], attributes: list[Element]) -> None:
    path = tuple(e.ai for e in identity)
    seen = set(path)
    for code in (e.ai for e in attributes):
        if code in seen:
            raise Gs1Error(f"AI ({code}) stands twice in the URI")
        seen.add(code)
        if AIS[code].link is Link.NO:
            raise Gs1Error(f"AI ({code}) must not stand in the query")
        if any(
            (*path[:i], code, *path[i:]) in LINK_PATHS for i in range(1, len(path) + 1)
        ):
            raise Gs1Error(f"AI ({code}) belongs in the path, not in the query")


def _best_path(given: dict[str, Element]) -> tuple[str, ...]:
    """The longest legal path whose leftovers may all stand in the query."""
    key = next((code for code in given if AIS[code].link is Link.KEY), None)
    if key is None:
        raise Gs1Error("no element is a key a Digital Link can begin with")
    paths = [p for p in LINK_PATHS if p[0] == key and given.keys() >= set(p)]

    def merit(path: tuple[str, ...]) -> tuple[bool, int]:
        rest = given.keys() - set(path)
        return all(AIS[code].link is not Link.NO for code in rest), len(path)

    return max(paths, key=merit)


def _why_no_uri(text: str) -> str:
    if not text.startswith(SCHEMES):
        return "URI must begin with https://, HTTPS://, http:// or HTTP://"
    host, slash, path = text.partition("://")[2].partition("/")
    if not re.fullmatch(r"[A-Za-z0-9\-.:\[\]]+", host) or not slash:
        return f"URI must have a host and a path, has host {host!a}"
    bad = next((c for c in path if not re.fullmatch(rf"[?\#]|{_PATH}", c)), "#")
    return f"character {bad!a} is not allowed in a URI"
