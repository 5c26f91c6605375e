"""A project as a university's research information system gives it: CERIF XML in the profile of OpenAIRE. Pure.

Before the journey. Titles and abstracts in two languages, typed identifiers, a consortium with roles whose members may
be faculties that are part of a university, funding with award number, programme and amount, keywords in English.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr
from zlib import crc32

from deploy.samples.store import Stored
from schemas.text import plain

NAMESPACE: Final = "https://www.openaire.eu/cerif-profile/1.1/"
IDENTIFIERS: Final = "https://w3id.org/cerif/vocab/IdentifierTypes#"
FUNDING: Final = "https://www.openaire.eu/cerif-profile/vocab/OpenAIRE_Funding_Types"
VOCABULARY: Final = "https://cris.example/vocab/"
FUND: Final = "Onderzoeksfonds (voorbeeld)"
EUROPE: Final = ("European Commission", "https://doi.org/10.13039/501100000780")
_STATUSES: Final = {"gepland": "Planned", "lopend": "Running", "afgerond": "Finished", "gestopt": "Cancelled"}
_TYPES: Final = {
    "Programma": "ResearchProgramme",
    "Lab": "Lab",
    "Cursus": "Course",
    "Call": "Call",
    "Pilot": "Pilot",
    "Fieldlab": "FieldLab",
}
_ROLES: Final = {"penvoerder": "Coordinator", "deelnemer": "Member", "uitgenodigd": ""}


def project(item: Stored, base: str, keywords: Sequence[str]) -> str:
    """The `Project` element of an item; `keywords` are what the researchers wrote, in English."""
    return "".join(
        (
            f'<Project xmlns="{NAMESPACE}" id="{item.source_id}">',
            *_about(item, base),
            *_consortium(item.body["acf"]),
            *_funded(item.body["acf"]),
            *(f'<Keyword xml:lang="en">{escape(one)}</Keyword>' for one in keywords),
            *_texts("Abstract", plain(item.body["content"]), item.body["acf"].get("samenvatting_en")),
            _classified("Status", "ProjectStatus", _STATUSES.get(item.body["acf"]["status"], "Unknown")),
            "</Project>",
        )
    )


def _about(item: Stored, base: str) -> Iterator[str]:
    body, acf = item.body, item.body["acf"]
    form = next(iter(body["terms"].get("projecttype", ())), "")
    yield _classified("Type", "ProjectType", _TYPES.get(form, "ResearchProject"))
    yield from _texts("Title", body["title"], acf.get("titel_en"))
    yield _identifier("ProjectReference", f"VB-{item.source_id}")
    yield _identifier("URL", f"{base}/en/projects/{body.get('slug') or item.source_id}")
    for name, said in (("StartDate", acf.get("startdatum")), ("EndDate", acf.get("einddatum"))):
        if said:
            yield f"<{name}>{date.fromisoformat(said).isoformat()}</{name}>"


def _texts(name: str, dutch: str | None, english: str | None) -> Iterator[str]:
    for language, said in (("en", english), ("nl", dutch)):
        if said:
            yield f'<{name} xml:lang="{language}">{escape(said)}</{name}>'


def _classified(name: str, scheme: str, term: str) -> str:
    where = f"{VOCABULARY}{scheme}"
    return f'<{name} scheme="{where}">{where}#{term}</{name}>'


def _identifier(kind: str, said: str) -> str:
    return f"<Identifier type={quoteattr(IDENTIFIERS + kind)}>{escape(said)}</Identifier>"


def _consortium(acf: Mapping[str, Any]) -> Iterator[str]:
    lead, others = acf.get("penvoerder"), acf.get("partners") or []
    named = [("Coordinator", lead)] if lead else []
    named += [(_ROLES.get(each.get("rol") or "", "Partner"), each) for each in others]
    inside = "".join(f"<{role}>{_unit(each)}</{role}>" for role, each in named if role)
    if inside:
        yield f"<Consortium>{inside}</Consortium>"


def _unit(who: Mapping[str, str]) -> str:
    """An organisation; a university of which only a part takes part is named as the parent of that part."""
    name, _, part = who["naam"].partition(" / ")
    whole = _organisation(name, _known(who))
    if not part:
        return whole
    return _organisation(part, [f"<PartOf>{whole}</PartOf>"])


def _known(who: Mapping[str, str]) -> Iterator[str]:
    if who.get("ror"):
        yield f'<Identifier type="https://ror.org">{escape(who["ror"])}</Identifier>'
    if who.get("kvk"):
        yield f'<Identifier type="https://www.kvk.nl">{escape(who["kvk"])}</Identifier>'
    if who.get("website"):
        yield f"<ElectronicAddress>{escape(who['website'])}</ElectronicAddress>"


def _organisation(name: str, inside: Iterable[str]) -> str:
    number = crc32(name.encode())
    return f'<OrgUnit id="{number}"><Name xml:lang="nl">{escape(name)}</Name>{"".join(inside)}</OrgUnit>'


def _funded(acf: Mapping[str, Any]) -> Iterator[str]:
    grant, european = acf.get("subsidienummer"), acf.get("eu_nummer")
    for each in acf.get("financiering") or []:
        numbers = [_identifier("GrantDOI", f"https://doi.org/{grant}")] if grant else []
        numbers += [_identifier("AwardNumber", each["nummer"])] if each.get("nummer") else []
        euros = each.get("bedrag", "").replace(".", "").replace(",", ".")
        yield _funding(_organisation(each["bron"], ()), [*_amount(euros), *numbers], each.get("regeling"))
        grant = None
    if grant:
        funder = _organisation(FUND, ())
        yield _funding(funder, [_identifier("GrantDOI", f"https://doi.org/{grant}")], None)
    if european:
        funder = _organisation(EUROPE[0], [f"<FundRefID>{EUROPE[1]}</FundRefID>"])
        yield _funding(funder, [_identifier("AwardNumber", european)], "Horizon Europe")


def _amount(euros: str) -> Iterator[str]:
    if euros:
        yield f'<Amount currency="EUR">{euros}</Amount>'


def _funding(funder: str, inside: Iterable[str], programme: str | None) -> str:
    kind = f'<Type xmlns="{FUNDING}">{FUNDING}#'
    part = (
        f"<PartOf><Funding>{kind}FundingProgramme</Type><Name>{escape(programme)}</Name></Funding></PartOf>"
        if programme
        else ""
    )
    return (
        f"<Funded><By>{funder}</By><As><Funding>{kind}Grant</Type>"
        f"{''.join(inside)}{part}</Funding></As></Funded>"
    )
