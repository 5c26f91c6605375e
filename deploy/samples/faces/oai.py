"""How a repository answers over OAI-PMH 2.0: lists in pages, tokens that expire, deleted records that stay. Pure.

Before the journey. Records come in the order of their datestamp, so that one which changes while the list is read
comes again later; a token says behind which record the list goes on. Faults are those of the protocol, by its codes.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from xml.sax.saxutils import escape, quoteattr

NAMESPACE: Final = "http://www.openarchives.org/OAI/2.0/"
_ALLOWED: Final = {
    "Identify": frozenset(),
    "ListSets": frozenset({"resumptionToken"}),
    "ListMetadataFormats": frozenset({"identifier"}),
    "GetRecord": frozenset({"identifier", "metadataPrefix"}),
    "ListIdentifiers": frozenset({"metadataPrefix", "set", "from", "until", "resumptionToken"}),
    "ListRecords": frozenset({"metadataPrefix", "set", "from", "until", "resumptionToken"}),
}


class Record(NamedTuple):
    """One record with when it last changed (milliseconds), and what writes its metadata; None: it is deleted."""

    identifier: str
    changed: int
    metadata: Callable[[], str] | None


class Repository(NamedTuple):
    """What a repository is and holds: one set in one format."""

    name: str
    url: str
    records: Sequence[Record]
    prefix: str = "oai_cerif_openaire"
    schema: str = "https://www.openaire.eu/schema/cris/current/openaire-cerif-profile.xsd"
    namespace: str = "https://www.openaire.eu/cerif-profile/1.1/"
    set: str = "openaire_cris_projects"
    page: int = 50
    token_ms: int = 600_000


class Refused(Exception):
    """The code of a fault as the protocol names it, with words."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code


def answer(repository: Repository, query: Mapping[str, str], now: int) -> bytes:
    """The document that answers a question."""
    try:
        verb = query.get("verb", "")
        if verb not in _ALLOWED:
            raise Refused("badVerb", "The verb is missing or unknown.")
        if set(query) - _ALLOWED[verb] - {"verb"}:
            raise Refused("badArgument", "The question has an argument that this verb does not know.")
        inside = f"<{verb}>{''.join(_VERBS[verb](repository, query, now))}</{verb}>"
        attributes = "".join(f" {name}={quoteattr(said)}" for name, said in query.items())
    except Refused as fault:
        inside = f"<error code={quoteattr(fault.code)}>{escape(str(fault))}</error>"
        attributes = ""
    asked = f"<request{attributes}>{escape(repository.url)}</request>"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<OAI-PMH xmlns="{NAMESPACE}"><responseDate>{stamp(now)}</responseDate>{asked}{inside}</OAI-PMH>'
    ).encode()


def stamp(ms: int) -> str:
    """A moment as the protocol writes it."""
    return datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _identify(repository: Repository, query: Mapping[str, str], now: int) -> Iterator[str]:
    del query
    earliest = min((one.changed for one in repository.records), default=now)
    yield f"<repositoryName>{escape(repository.name)}</repositoryName>"
    yield f"<baseURL>{escape(repository.url)}</baseURL><protocolVersion>2.0</protocolVersion>"
    yield f"<adminEmail>cris@example.org</adminEmail><earliestDatestamp>{stamp(earliest)}</earliestDatestamp>"
    yield "<deletedRecord>persistent</deletedRecord><granularity>YYYY-MM-DDThh:mm:ssZ</granularity>"


def _formats(repository: Repository, query: Mapping[str, str], now: int) -> Iterator[str]:
    del now
    if "identifier" in query:
        _known(repository, query["identifier"])
    yield f"<metadataFormat><metadataPrefix>{repository.prefix}</metadataPrefix><schema>{repository.schema}</schema>"
    yield f"<metadataNamespace>{repository.namespace}</metadataNamespace></metadataFormat>"


def _sets(repository: Repository, query: Mapping[str, str], now: int) -> Iterator[str]:
    del now
    if "resumptionToken" in query:
        raise Refused("badResumptionToken", "The list of sets has one page.")
    yield f"<set><setSpec>{repository.set}</setSpec><setName>{repository.set}</setName></set>"


def _one(repository: Repository, query: Mapping[str, str], now: int) -> Iterator[str]:
    del now
    if "identifier" not in query or "metadataPrefix" not in query:
        raise Refused("badArgument", "GetRecord needs identifier and metadataPrefix.")
    record = _known(repository, query["identifier"])
    _format(repository, query["metadataPrefix"])
    yield _shown(repository, record, whole=True)


def _list(repository: Repository, query: Mapping[str, str], now: int) -> Iterator[str]:
    state = _begun(repository, query, now)
    chosen = _chosen(repository, state)
    if not chosen:
        raise Refused("noRecordsMatch", "Nothing matches.")
    after = tuple(state.get("after", ()))
    left = [one for one in chosen if (one.changed, one.identifier) > after] if after else chosen
    shown = left[: repository.page]
    for one in shown:
        yield _shown(repository, one, whole=query["verb"] == "ListRecords")
    size = f'completeListSize="{len(chosen)}" cursor="{len(chosen) - len(left)}"'
    if len(left) > len(shown):
        ends = now + repository.token_ms
        last = [shown[-1].changed, shown[-1].identifier]
        token = _packed(state | {"after": last, "ends": ends})
        yield f'<resumptionToken {size} expirationDate="{stamp(ends)}">{token}</resumptionToken>'
    elif after:
        yield f"<resumptionToken {size}/>"


def _begun(repository: Repository, query: Mapping[str, str], now: int) -> dict[str, Any]:
    """Where a list stands: at its beginning, or behind what a token says."""
    if "resumptionToken" in query:
        if len(query) > 2:
            raise Refused("badArgument", "A resumption token stands alone.")
        state = _unpacked(query["resumptionToken"])
        if state.get("ends", 0) < now:
            raise Refused("badResumptionToken", "The token has expired.")
        return state
    if "metadataPrefix" not in query:
        raise Refused("badArgument", "A list needs a metadataPrefix.")
    _format(repository, query["metadataPrefix"])
    state = {name: query[name] for name in ("set", "from", "until") if name in query}
    if {len(state[name]) for name in ("from", "until") if name in state} - {10, 20} or (
        "from" in state and "until" in state and state["until"] < state["from"]
    ):
        raise Refused("badArgument", "from and until are days or moments in UTC, in this order.")
    return state


def _chosen(repository: Repository, state: Mapping[str, Any]) -> list[Record]:
    if state.get("set", repository.set) != repository.set:
        return []
    first, last = state.get("from", ""), state.get("until", "9")
    whole = last + ("T23:59:59Z" if len(last) == 10 else "")
    found = [one for one in repository.records if first <= stamp(one.changed) <= whole]
    return sorted(found, key=lambda one: (one.changed, one.identifier))


def _shown(repository: Repository, record: Record, *, whole: bool) -> str:
    status = "" if record.metadata is not None else ' status="deleted"'
    header = (
        f"<header{status}><identifier>{escape(record.identifier)}</identifier>"
        f"<datestamp>{stamp(record.changed)}</datestamp><setSpec>{repository.set}</setSpec></header>"
    )
    if not whole:
        return header
    metadata = "" if record.metadata is None else f"<metadata>{record.metadata()}</metadata>"
    return f"<record>{header}{metadata}</record>"


def _known(repository: Repository, identifier: str) -> Record:
    for one in repository.records:
        if one.identifier == identifier:
            return one
    raise Refused("idDoesNotExist", "There is no such record.")


def _format(repository: Repository, prefix: str) -> None:
    if prefix != repository.prefix:
        raise Refused("cannotDisseminateFormat", f"Only {repository.prefix} is given.")


def _packed(state: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(state).encode()).decode()


def _unpacked(token: str) -> dict[str, Any]:
    try:
        found = json.loads(base64.urlsafe_b64decode(token))
    except (ValueError, binascii.Error):
        found = None
    if not isinstance(found, dict):
        raise Refused("badResumptionToken", "The token is not one of this repository.")
    return found


_VERBS: Final = {
    "Identify": _identify,
    "ListMetadataFormats": _formats,
    "ListSets": _sets,
    "GetRecord": _one,
    "ListIdentifiers": _list,
    "ListRecords": _list,
}
