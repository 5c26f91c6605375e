"""The words of the page, Dutch first, English second."""

from __future__ import annotations

from typing import Final

TONGUES: Final = ("nl", "en")
_WORDS: Final[dict[str, tuple[str, str]]] = {
    "title": ("Zeven – landelijk beeld", "Zeven – national view"),
    "tagline": (
        "Wat de zeven regionale AI-hubs melden, in één landelijk beeld.",
        "What the seven regional AI hubs report, in one national view.",
    ),
    "skip": ("Naar de inhoud", "Skip to content"),
    "other_tongue": ("English", "Nederlands"),
    "hubs": ("Hubs", "Hubs"),
    "projects": ("Projecten", "Projects"),
    "events": ("Evenementen", "Events"),
    "memberships": ("Lidmaatschappen", "Memberships"),
    "organisations": ("Organisaties", "Organisations"),
    "overview": ("Overzicht", "Overview"),
    "overview_about": (
        (
            "Tellingen van verschillende dingen, zoals de hubs ze melden. Elk cijfer heeft een definitie en leidt naar"
            " de records erachter. Niet gemeld en niet ingedeeld zijn iets anders dan 0."
        ),
        (
            "Counts of distinct things, as the hubs report them. Each figure has a definition and leads to the records"
            " behind it. Not reported and not assigned are something else than 0."
        ),
    ),
    "not_counted_yet": (
        "records zijn gelezen en nog niet geteld; de cijfers volgen zo.",
        "records were read and are not counted yet; the figures will follow.",
    ),
    "targets": ("Doelen", "Targets"),
    "targets_about": (
        "Een doel zegt waarnaar gestreefd wordt, niet wat bereikt is. Alleen records binnen het bereik tellen mee.",
        "A target says what is aimed for, not what was achieved. Only records within its scope count.",
    ),
    "per_year": ("per jaar", "per year"),
    "per_cumulative": ("in totaal", "in total"),
    "owner": ("eigenaar", "owner"),
    "scope": ("bereik", "scope"),
    "period": ("periode", "period"),
    "source": ("bron", "source"),
    "not_stated": ("niet genoemd", "not stated"),
    "reported_in_scope": ("Gemeld binnen het bereik", "Reported within the scope"),
    "reported": ("Gemeld", "Reported"),
    "share": ("Verhouding", "Proportion"),
    "together": ("Samen", "Together"),
    "year": ("Jaar", "Year"),
    "count": ("Aantal", "Number"),
    "not-reported": ("niet gemeld", "not reported"),
    "by_hub": ("Hub", "Hub"),
    "by_area": ("Werkgebied", "Working area"),
    "by_dimension": ("Dimensie", "Dimension"),
    "by_pillar": ("Pijler", "Pillar"),
    "by_instrument": ("Instrument", "Instrument"),
    "by_phase": ("Programmafase", "Programme phase"),
    "by_type": ("Soort", "Kind"),
    "by_status": ("Status", "Status"),
    "by_research_kind": ("Onderzoek", "Research"),
    "by_place": ("Plaats", "Place"),
    "by_province": ("Provincie", "Province"),
    "by_year": ("Jaar", "Year"),
    "by_body_kind": ("Verband", "Kind of body"),
    "by_role": ("Rol", "Role"),
    "by_helix": ("Soort organisatie", "Kind of organisation"),
    "by_indicator": ("Indicator", "Indicator"),
    "labs": ("Labs per stad", "Labs by city"),
    "labs_about": (
        (
            "Projecten van de soort lab, per hub die ze meldt, naast de steden die de samenwerking met ICAI noemt."
            " Bestaand is lopend of afgerond, in voorbereiding is gepland."
        ),
        (
            "Projects of the kind lab, by the hub that reports them, beside the cities that the ICAI agreement names."
            " Existing is running or completed, in preparation is planned."
        ),
    ),
    "existing": ("bestaand", "existing"),
    "in_preparation": ("In voorbereiding", "In preparation"),
    "in-preparation": ("nieuw", "new"),
    "named_by_icai": ("Genoemd door ICAI", "Named by ICAI"),
    "none_known": ("geen bekend", "none known"),
    "go_to": ("Naar", "Go to"),
    "context": ("Wat anderen tellen", "What others count"),
    "context_about": (
        "Aangehaald uit de Agenda 2025-2027 van AI Coalitie 4 NL; dit zijn geen cijfers van Zeven.",
        "Cited from the Agenda 2025-2027 of AI Coalitie 4 NL; these are no figures of Zeven.",
    ),
    "from_overview": ("Uit het overzicht", "From the overview"),
    "changes": ("Laatste wijzigingen", "Latest changes"),
    "no_changes": ("Nog geen wijzigingen.", "No changes yet."),
    "mark": ("voorbeelddata", "voorbeelddata (sample data)"),
    "state": ("Toestand", "State"),
    "complete": ("Volledigheid", "Completeness"),
    "last_look": ("Laatst gekeken", "Last look"),
    "last_change": ("Laatste wijziging", "Last change"),
    "rejected": ("Afgekeurd", "Rejected"),
    "held": ("vastgehouden", "held"),
    "never": ("nooit", "never"),
    "filter": ("Filter", "Filter"),
    "search": ("Zoek", "Search"),
    "hub": ("Hub", "Hub"),
    "area": ("Werkgebied", "Working area"),
    "dimension": ("Dimensie", "Dimension"),
    "status": ("Status", "Status"),
    "from": ("Vanaf", "From"),
    "to": ("Tot en met", "Until"),
    "all": ("alle", "all"),
    "apply": ("Toon", "Show"),
    "found": ("gevonden", "found"),
    "next": ("Volgende", "Next"),
    "download": ("Alles als bestand", "All as a file"),
    "calendar": ("abonneer op deze agenda", "subscribe to this calendar"),
    "follow": ("volg de wijzigingen (Atom)", "follow the changes (Atom)"),
    "meaning": ("wat de kolommen betekenen", "what the columns mean"),
    "nothing": ("Niets gevonden.", "Nothing found."),
    "origin": ("Herkomst", "Origin"),
    "field": ("Gegeven", "Field"),
    "value": ("Waarde", "Value"),
    "sources": ("Bronnen", "Sources"),
    "source_id": ("Id bij de bron", "Id at the source"),
    "read_at": ("Gelezen", "Read"),
    "changed_at": ("Gewijzigd bij de bron", "Changed at the source"),
    "losing": ("Andere waarde", "Other value"),
    "life": ("Levensloop", "Life of this record"),
    "unreadable": ("nieuwste versie onleesbaar", "newest version unreadable"),
    "not_found": ("Niet gevonden", "Not found"),
    "not_found_text": ("Dit bestaat hier niet (meer).", "This does not exist here (any more)."),
    "back": ("Terug naar het begin", "Back to the start"),
    "not_ready": ("Dit beeld is nu niet bijgewerkt:", "This view is not up to date now:"),
    "updates": ("Deze pagina werkt zichzelf bij.", "This page updates itself."),
    "lost": ("Geen verbinding; opnieuw proberen …", "No connection; trying again …"),
    "proven": ("bewezen volledig tot", "proven complete up to"),
    "catching up": ("loopt in", "catching up"),
    "behind": ("achter", "behind"),
    "differs": ("wijkt af", "differs"),
    "unknown": ("onbekend", "unknown"),
    "live": ("actief", "live"),
    "idle": ("rustig", "idle"),
    "partial": ("gedeeltelijk", "partial"),
    "failing": ("mislukt", "failing"),
    "stale": ("verouderd", "stale"),
    "silent": ("stil", "silent"),
    "not connected": ("niet aangesloten", "not connected"),
    "new": ("nieuw", "new"),
    "changed": ("gewijzigd", "changed"),
    "removed": ("verwijderd", "removed"),
    "redirected": ("samengevoegd", "merged"),
    "project": ("project", "project"),
    "event": ("evenement", "event"),
    "membership": ("lidmaatschap", "membership"),
    "organisation": ("organisatie", "organisation"),
}
_FIELDS: Final[dict[str, tuple[str, str]]] = {
    "title": ("Titel", "Title"),
    "summary": ("Samenvatting", "Summary"),
    "type": ("Soort", "Type"),
    "status": ("Status", "Status"),
    "phase": ("Programmafase", "Programme phase"),
    "start": ("Begin", "Start"),
    "end": ("Einde", "End"),
    "zone": ("Tijdzone", "Time zone"),
    "all_day": ("Hele dag", "All day"),
    "previous_start": ("Eerder gepland op", "Previously planned"),
    "series": ("Reeks", "Series"),
    "instance": ("Exemplaar", "Instance"),
    "deadline": ("Uiterste datum", "Deadline"),
    "areas": ("Werkgebieden", "Working areas"),
    "dimensions": ("Dimensies", "Dimensions"),
    "pillars": ("Pijlers", "Pillars"),
    "instruments": ("Instrumenten", "Instruments"),
    "focus_areas": ("Focusgebieden", "Focus areas"),
    "themes": ("Thema's", "Themes"),
    "research_kind": ("Onderzoek", "Research"),
    "place": ("Plaats", "Place"),
    "venue": ("Locatie", "Venue"),
    "online_url": ("Online", "Online"),
    "funding": ("Financiering", "Funding"),
    "indicators": ("Indicatoren", "Indicators"),
    "link": ("Pagina", "Page"),
    "registration_link": ("Aanmelden", "Registration"),
    "capacity": ("Plaatsen", "Capacity"),
    "price": ("Prijs", "Price"),
    "contact": ("Contact", "Contact"),
    "body_kind": ("Soort verband", "Kind of body"),
    "body": ("Verband", "Body"),
    "role": ("Rol", "Role"),
    "helix": ("Soort organisatie", "Kind of organisation"),
    "via": ("Via", "Via"),
    "note": ("Opmerking", "Note"),
    "name": ("Naam", "Name"),
    "website": ("Website", "Website"),
}


def words(tongue: str) -> dict[str, str]:
    """All words in one language."""
    at = TONGUES.index(tongue)
    return {name: both[at] for name, both in _WORDS.items()}


def field_name(name: str, tongue: str) -> str:
    """What a field is called; an unknown one by its own name."""
    both = _FIELDS.get(name)
    return name.replace("_", " ") if both is None else both[TONGUES.index(tongue)]
