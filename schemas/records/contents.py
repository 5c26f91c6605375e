"""What sources state about projects, events, memberships and organisations; shared by all stages."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, StrictBool, StrictStr

from schemas.records.base import Int, Long, Record, Several


class Text(Record):
    """A text in Dutch, English or both."""

    AVRO: ClassVar[str] = "zeven.Text"

    nl: StrictStr | None = Field(default=None, description="Dutch text.")
    en: StrictStr | None = Field(default=None, description="English text.")


class Place(Record):
    """Where something is."""

    AVRO: ClassVar[str] = "zeven.Place"

    name: StrictStr | None = Field(default=None, description="Name of the venue, building or campus.")
    address: StrictStr | None = Field(default=None, description="Street and number.")
    municipality: StrictStr | None = Field(
        default=None, description=("Town or municipality, as written in reference/places.")
    )
    province: StrictStr | None = Field(default=None, description="Province, ISO 3166-2 code such as NL-ZH.")
    country: StrictStr = Field(default="NL", description="Country, ISO 3166-1 alpha-2 code.")


class Funding(Record):
    """Money behind a project."""

    AVRO: ClassVar[str] = "zeven.Funding"

    funder: StrictStr = Field(description="Who pays.")
    award: StrictStr | None = Field(default=None, description="Award number or grant DOI.")
    stream: StrictStr | None = Field(default=None, description="Programme or funding stream.")
    amount_eur: Long | None = Field(default=None, description="Amount in whole euros.")


class Indicator(Record):
    """A yearly figure reported by the source itself."""

    AVRO: ClassVar[str] = "zeven.Indicator"

    name: StrictStr = Field(description="Name of the indicator, see reference/indicators.")
    year: Int = Field(description="Calendar year.")
    value: Long = Field(description="The figure.")


class ProjectContent(Record):
    """What a source states about a project."""

    AVRO: ClassVar[str] = "zeven.ProjectContent"

    title: Text = Field(description="Title.")
    summary: Text = Field(description="Short description, plain text.")
    type: StrictStr = Field(
        description=(
            "Kind of project: project, programme, lab, course, call, pilot, fieldlab ... "
            "(reference/project_types)."
        )
    )
    status: StrictStr = Field(
        description=("Status (reference/project_statuses); not the agenda's programme phase.")
    )
    phase: StrictStr | None = Field(
        default=None, description=("Programme phase of the agenda (reference/programme_phases).")
    )
    start: StrictStr | None = Field(default=None, description="First day, YYYY-MM-DD.")
    end: StrictStr | None = Field(default=None, description="Last day, YYYY-MM-DD.")
    deadline: StrictStr | None = Field(default=None, description="Deadline of a call, YYYY-MM-DD.")
    areas: Several[StrictStr] = Field(
        default=(), description="Sectoral working areas, slugs of reference/areas."
    )
    dimensions: Several[StrictStr] = Field(
        default=(), description=("Transversal dimensions, slugs of reference/dimensions.")
    )
    pillars: Several[StrictStr] = Field(default=(), description="Pillars of the agenda (reference/pillars).")
    instruments: Several[StrictStr] = Field(default=(), description="Instruments (reference/instruments).")
    focus_areas: Several[StrictStr] = Field(
        default=(), description=("Named focus areas of a hub (reference/focus_areas).")
    )
    themes: Several[StrictStr] = Field(
        default=(), description=("Themes of a working group, such as the health themes (reference/themes).")
    )
    research_kind: StrictStr | None = Field(
        default=None, description=("Research in AI (fundamental) or with AI (applied): in-ai, with-ai.")
    )
    place: Place | None = Field(default=None, description="Where it takes place.")
    funding: Several[Funding] = Field(default=(), description="Money behind it.")
    indicators: Several[Indicator] = Field(default=(), description="Yearly figures.")
    link: StrictStr | None = Field(default=None, description="Page for people.")
    contact: StrictStr | None = Field(default=None, description="Role mailbox; never a person's address.")


class EventContent(Record):
    """What a source states about an event."""

    AVRO: ClassVar[str] = "zeven.EventContent"

    title: Text = Field(description="Title.")
    summary: Text = Field(description="Short description, plain text.")
    status: StrictStr = Field(description="scheduled, rescheduled, postponed or cancelled.")
    start: StrictStr = Field(description="Start as UTC instant, YYYY-MM-DDTHH:MM:SSZ.")
    end: StrictStr | None = Field(default=None, description="End as UTC instant.")
    zone: StrictStr = Field(description="IANA time zone in which it takes place.")
    all_day: StrictBool = Field(default=False, description="True when it fills whole local days.")
    previous_start: StrictStr | None = Field(
        default=None, description="Start before it was moved, UTC instant."
    )
    series: StrictStr | None = Field(default=None, description="Id of the series at the source.")
    instance: StrictStr | None = Field(
        default=None, description="Original start of this occurrence within the series."
    )
    venue: Place | None = Field(default=None, description="Where it takes place.")
    online_url: StrictStr | None = Field(default=None, description="Where to follow it online.")
    areas: Several[StrictStr] = Field(
        default=(), description="Sectoral working areas, slugs of reference/areas."
    )
    dimensions: Several[StrictStr] = Field(
        default=(), description=("Transversal dimensions, slugs of reference/dimensions.")
    )
    themes: Several[StrictStr] = Field(
        default=(), description="Themes of a working group (reference/themes)."
    )
    link: StrictStr | None = Field(default=None, description="Page for people.")
    registration_link: StrictStr | None = Field(default=None, description="Where to register.")
    capacity: Int | None = Field(default=None, description="Number of places.")
    price: StrictStr | None = Field(default=None, description="Price as the source writes it.")


class MembershipContent(Record):
    """What a source states about the membership of an organisation."""

    AVRO: ClassVar[str] = "zeven.MembershipContent"

    body_kind: StrictStr = Field(description="hub, working-group, team, dimension or cluster.")
    body: StrictStr = Field(description="Slug of the body.")
    role: StrictStr = Field(
        description=(
            "Role of the organisation in the body (reference/membership_roles): coordinator, partner, "
            "invited ..."
        )
    )
    helix: StrictStr | None = Field(default=None, description="Kind of organisation (reference/helix).")
    start: StrictStr | None = Field(default=None, description="First day, YYYY-MM-DD.")
    end: StrictStr | None = Field(default=None, description="Last day, YYYY-MM-DD.")
    via: StrictStr | None = Field(default=None, description="Through whom it takes part.")
    note: Text = Field(description="Remark.")
    link: StrictStr | None = Field(default=None, description="Page for people.")


class OrganisationContent(Record):
    """What is known of an organisation, made from the mentions of it."""

    AVRO: ClassVar[str] = "zeven.OrganisationContent"

    name: StrictStr = Field(description="Name.")
    helix: StrictStr | None = Field(default=None, description="Kind of organisation (reference/helix).")
    website: StrictStr | None = Field(default=None, description="Address of its website.")
    place: StrictStr | None = Field(default=None, description="Municipality of its seat.")
