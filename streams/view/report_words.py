"""The words of reports and the definitions beside their figures, Dutch first, English second."""

from __future__ import annotations

from typing import Final

from streams.view.words import TONGUES

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "report": ("Rapport", "Report"),
    "nation": ("Heel Nederland", "The whole of the Netherlands"),
    "period": ("Periode", "Period"),
    "until": ("tot en met", "up to and including"),
    "state_of": ("Stand van", "As of"),
    "permanent": ("Vaste link naar dit rapport", "Permanent link to this report"),
    "not_permanent": (
        "Er is nog geen geschiedenis: dit rapport heeft nog geen vaste link.",
        "There is no history yet: this report has no permanent link yet.",
    ),
    "sheet": ("Als werkmap (XLSX)", "As a workbook (XLSX)"),
    "print": ("Druk af of bewaar als PDF met Ctrl+P.", "Print it or save it as PDF with Ctrl+P."),
    "make": ("Maak rapport", "Make report"),
    "first": ("Van", "From"),
    "last": ("Tot en met", "Up to"),
    "all": ("alle", "all"),
    "key_figures": ("Kerncijfers", "Key figures"),
    "figure": ("Cijfer", "Figure"),
    "value": ("Aantal", "Number"),
    "definition": ("Definitie", "Definition"),
    "invented": ("projecten verzonnen (voorbeelddata)", "projects invented (sample data)"),
    "by": ("Verdeling", "By"),
    "indicators": ("Indicatoren", "Indicators"),
    "year": ("Jaar", "Year"),
    "not_reported": ("niet gemeld", "not reported"),
    "changed": ("Wat er veranderde in de periode", "What changed in the period"),
    "added": ("nieuw", "new"),
    "changed_one": ("gewijzigd", "changed"),
    "ended": ("verdwenen", "gone"),
    "merged": ("samengevoegd", "merged"),
    "more_changes": (
        "Er zijn meer veranderingen dan hier staan: de eerste 5.000 staan in de werkmap, alle op /api/v1/diff.",
        "There are more changes than shown here: the first 5,000 are in the workbook, all at /api/v1/diff.",
    ),
    "no_changes": ("Geen veranderingen in deze periode.", "No changes in this period."),
    "before_history": (
        "De geschiedenis begint later dan deze periode; veranderingen staan er vanaf",
        "The history begins later than this period; changes are listed from",
    ),
    "nothing": ("Niets gemeld.", "Nothing reported."),
    "nothing_about": (
        "Niets gemeld is iets anders dan nul: zie hieronder hoe volledig de gegevens zijn.",
        "Nothing reported is something else than zero: see below how complete the data are.",
    ),
    "completeness": ("Hoe volledig", "How complete"),
    "definitions": ("Definities", "Definitions"),
    "projects": ("Projecten", "Projects"),
    "running": ("Projecten die lopen in de periode", "Projects that run in the period"),
    "events": ("Evenementen in de periode", "Events in the period"),
    "memberships": ("Lidmaatschappen", "Memberships"),
    "organisations": ("Organisaties", "Organisations"),
    "status": ("Projecten naar status", "Projects by status"),
    "areas": ("Projecten naar werkgebied", "Projects by working area"),
    "hubs": ("Projecten naar hub", "Projects by hub"),
}
DEFINITIONS: Final[dict[str, tuple[str, str]]] = {
    "projects": (
        "Verschillende projecten waarvan een bron in deze selectie spreekt; één project telt één keer.",
        "Distinct projects that a source in this selection speaks of; a project counts once.",
    ),
    "running": (
        "Niet afgelopen voor de eerste dag, en begonnen op of voor de laatste dag; zonder begin telt het niet mee.",
        "Not over before the first day, and begun by the last day; without a first day it does not count.",
    ),
    "events": (
        "Evenementen die beginnen of lopen in de periode, ook afgelaste.",
        "Events that begin or last in the period, cancelled ones too.",
    ),
    "memberships": (
        "Verschillende lidmaatschappen van organisaties in hubs, werkgroepen, teams, dimensies of het cluster.",
        "Distinct memberships of organisations in hubs, working groups, teams, dimensions or the cluster.",
    ),
    "organisations": (
        "Verschillende organisaties die genoemd worden bij de projecten en lidmaatschappen van deze selectie.",
        "Distinct organisations named with the projects and memberships of this selection.",
    ),
    "status": (
        "Elk project telt onder één status.",
        "Each project counts under one status.",
    ),
    "areas": (
        "Een project telt onder elk van zijn werkgebieden: de rijen kunnen optellen tot meer dan het totaal.",
        "A project counts under each of its areas: the rows may add up to more than the total.",
    ),
    "hubs": (
        "Een project telt onder elke hub die het meldt: de rijen kunnen optellen tot meer dan het totaal.",
        "A project counts under each hub that reports it: the rows may add up to more than the total.",
    ),
    "indicators": (
        "Per jaar opgeteld over projecten. Van een samengevoegd project is één waarde gekozen, niet opgeteld.",
        "Added up over projects per year. Of a merged project one value is chosen, not added up.",
    ),
}


def report_words(tongue: str) -> dict[str, str]:
    """All words in one language."""
    at = TONGUES.index(tongue)
    return {name: pair[at] for name, pair in _WORDS.items()}


def definitions(tongue: str) -> dict[str, str]:
    """What each figure means, in one language."""
    at = TONGUES.index(tongue)
    return {name: pair[at] for name, pair in DEFINITIONS.items()}
