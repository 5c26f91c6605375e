"""What the hub's own documents say of the region Zuid-Holland: partners, roles, focus areas, hotspots, money.

Before the journey: facts for the stand-in sources. Identifiers are those of the public registers; an
organisation without one has none here.
"""

from __future__ import annotations

from typing import NamedTuple

HUB = "AI-hub Zuid-Holland"
CLUSTER = "Kenniscluster AI, Data & Digitalisering"
TASKFORCE = "Taskforce Digital van de Economic Board Zuid-Holland"
KICKSTART = ("Nederlandse AI Coalitie", "Kickstartfinanciering")


class Organisation(NamedTuple):
    """An organisation as the member list has it."""

    name: str
    kind: str
    ror: str = ""
    website: str = ""
    kvk: str = ""


class Member(NamedTuple):
    """A membership as the documents state it."""

    organisation: Organisation
    body: str
    role: str
    via: str = ""
    note: str = ""


class Hotspot(NamedTuple):
    """A place of the hybrid campus."""

    city: str
    name: str
    address: str
    postcode: str
    lat: str
    lon: str


KNOWLEDGE, BUSINESS, PUBLIC, SOCIETY = (
    "kennisinstelling",
    "bedrijf",
    "overheid",
    "maatschappelijke organisatie",
)

DELFT = Organisation("TU Delft", KNOWLEDGE, "https://ror.org/02e2c7k09", "https://www.tudelft.nl")
ERASMUS = Organisation(
    "Erasmus Universiteit Rotterdam", KNOWLEDGE, "https://ror.org/057w15z03", "https://www.eur.nl"
)
ERASMUS_MC = Organisation("ErasmusMC", KNOWLEDGE, "https://ror.org/018906e22", "https://www.erasmusmc.nl")
LEIDEN = Organisation(
    "Universiteit Leiden", KNOWLEDGE, "https://ror.org/027bh9e22", "https://www.universiteitleiden.nl"
)
LUMC = Organisation("LUMC", KNOWLEDGE, "https://ror.org/05xvt9f17", "https://www.lumc.nl")
TNO = Organisation("TNO", KNOWLEDGE, "https://ror.org/01bnjb948", "https://www.tno.nl")
HAGUE_UAS = Organisation(
    "De Haagse Hogeschool", KNOWLEDGE, "https://ror.org/021zvq422", "https://www.dehaagsehogeschool.nl"
)
INNOVATION_QUARTER = Organisation("InnovationQuarter", "", website="https://www.innovationquarter.nl")
PROVINCE = Organisation("Provincie Zuid-Holland", PUBLIC, website="https://www.zuid-holland.nl")
ROTTERDAM = Organisation("Gemeente Rotterdam", PUBLIC, website="https://www.rotterdam.nl")
THE_HAGUE = Organisation("Gemeente Den Haag", PUBLIC, website="https://www.denhaag.nl")
BOARD = Organisation("Economic Board Zuid-Holland", "")
ORTEC = Organisation("ORTEC", BUSINESS)
T_MOBILE = Organisation("T-Mobile", BUSINESS)
BATENBURG = Organisation("Batenburg Technologie", BUSINESS)
KPN = Organisation("KPN", BUSINESS)

UNIVERSITIES = (DELFT, ERASMUS, LEIDEN)
PARTNERS = (
    ERASMUS,
    ERASMUS_MC,
    LEIDEN,
    LUMC,
    INNOVATION_QUARTER,
    TNO,
    PROVINCE,
    ROTTERDAM,
    THE_HAGUE,
    BOARD,
)
MEMBERS = (
    Member(DELFT, HUB, "coördinator"),
    *(Member(each, HUB, "partner") for each in PARTNERS),
    *(Member(each, HUB, "partner", TASKFORCE) for each in (ORTEC, T_MOBILE, BATENBURG, KPN)),
    Member(HAGUE_UAS, HUB, "uitgenodigd", note="De hub beoogt ook de HBO’s te includeren"),
    *(Member(each, CLUSTER, "partner") for each in (*UNIVERSITIES, ERASMUS_MC, LUMC)),
)
FOCUS_AREAS = (
    "Vrede, recht en veiligheid",
    "Haven en maritiem",
    "Energie en duurzaamheid",
    "Gezondheid en zorg",
    "Technische industrie",
)
HOTSPOTS = (
    Hotspot("Delft", "Hotspot Delft", "Mekelweg 5", "2628 CD", "51.9993", "4.3738"),
    Hotspot("Leiden", "Hotspot Leiden", "Rapenburg 70", "2311 EZ", "52.1571", "4.4852"),
    Hotspot("Rotterdam", "Hotspot Rotterdam", "Burgemeester Oudlaan 50", "3062 PA", "51.9173", "4.5257"),
)
TARGETS = {
    "Gespecialiseerde AI-studenten": 1500,
    "Studenten met basiskennis AI": 85000,
    "Professionals en alumni met basiskennis AI": 85000,
}
"""Aims of the cluster; figures of the samples are invented and stay far from them."""
