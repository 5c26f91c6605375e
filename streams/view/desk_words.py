"""The words of the desk and of signing in, Dutch first, English second."""

from __future__ import annotations

from typing import Final

from streams.view.words import TONGUES

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "desk": ("Bureau", "Desk"),
    "signed_in": ("Aangemeld als", "Signed in as"),
    "sign_out": ("Meld af", "Sign out"),
    "sign_in": ("Aanmelden", "Sign in"),
    "sign_in_text": (
        "U meldt zich aan met een uitnodiging van de beheerder. Een uitnodiging werkt één keer.",
        "You sign in with an invitation from the operator. An invitation works once.",
    ),
    "code": ("Code van de uitnodiging", "Code of the invitation"),
    "refused": ("Dit kan nu niet", "This cannot be done now"),
    "refused_400": (
        "Een toegangscode hoort niet in een adres. Trek deze in: adressen komen in logboeken terecht.",
        "A token does not belong in an address. Revoke this one: addresses end up in logs.",
    ),
    "refused_401": (
        "U bent niet (meer) aangemeld, of de uitnodiging geldt niet (meer). Vraag de beheerder om een uitnodiging.",
        "You are not signed in (any more), or the invitation is not valid (any more). Ask the operator for one.",
    ),
    "refused_403": (
        "Dit mag niet met uw rol, of het formulier hoort niet bij deze sessie. Open de pagina opnieuw.",
        "Your role does not allow this, or the form is not one of this session. Open the page again.",
    ),
    "refused_413": ("Het formulier is te lang.", "The form is too long."),
    "refused_415": ("Dit is geen formulier van deze pagina.", "This is not a form of this page."),
    "refused_429": ("Te veel foute pogingen. Wacht een minuut.", "Too many wrong attempts. Wait a minute."),
    "refused_503": (
        "Besluiten kan nu niet. Probeer het straks opnieuw: wat al geschreven is, wordt niet dubbel geschreven.",
        "Nothing can be decided now. Try again later: what was written is not written twice.",
    ),
    "again": ("Terug naar het bureau", "Back to the desk"),
    "find": ("Zoek twee records", "Find two records"),
    "kind": ("Soort", "Kind"),
    "find_text": (
        "Kies er één om te splitsen of vast te zetten, of twee om te vergelijken.",
        "Choose one to split or pin, or two to compare.",
    ),
    "compare": ("Vergelijk", "Compare"),
    "candidates": ("Misschien hetzelfde", "May be the same"),
    "no_candidates": ("Geen voorstellen.", "No proposals."),
    "candidates_full": (
        "Er zijn te veel records om alle te vergelijken; dit zijn voorstellen uit een deel ervan.",
        "There are too many records to compare all; these are proposals from some of them.",
    ),
    "because": ("Waarom", "Why"),
    "doubts": ("Twijfel over een kenmerk", "Doubt about an identifier"),
    "doubts_text": (
        "Twee dingen delen een kenmerk, maar een ander kenmerk zegt dat het er twee zijn: één ervan is fout.",
        "Two things share an identifier, but another one says that they are two: one of them is wrong.",
    ),
    "no_doubts": ("Geen twijfel.", "Nothing is in doubt."),
    "objections": ("Bezwaren van hubs", "Objections of hubs"),
    "no_objections": ("Geen bezwaren.", "No objections."),
    "objection": ("Bezwaar", "Objection"),
    "answer": ("Antwoord aan de hub", "Answer to the hub"),
    "by_decision": ("Besluit dat het bezwaar gegrond maakt", "Decision that upholds it"),
    "uphold": ("Gegrond", "Upheld"),
    "decline": ("Afgewezen", "Declined"),
    "decide_first": (
        "Is het bezwaar gegrond, neem dan eerst een besluit over het record.",
        "If the objection is right, first decide about the record.",
    ),
    "decisions": ("Besluiten", "Decisions"),
    "no_decisions": ("Er is nog niets besloten.", "Nothing was decided yet."),
    "decision": ("Besluit", "Decision"),
    "by": ("door", "by"),
    "at": ("op", "at"),
    "reason": ("Reden (verplicht)", "Reason (required)"),
    "why": ("Reden", "Reason"),
    "merge": ("Eén ding", "One thing"),
    "split": ("Twee dingen", "Two things"),
    "apart": ("Deze bronnen zijn een ander ding", "These sources are another thing"),
    "pin": ("Zet een waarde vast", "Pin a value"),
    "classify": ("Deel in", "Classify"),
    "change": ("vastzetten", "pin"),
    "choose": ("indelen", "classify"),
    "differs": ("verschilt", "differs"),
    "rule": ("regel", "rule"),
    "others": ("Anders volgens", "Other according to"),
    "speaks": ("Bronnen", "Sources"),
    "preview": ("Wat volgt hieruit?", "What follows from this?"),
    "look": ("Bekijk eerst wat hieruit volgt", "See first what follows"),
    "becomes": ("Dan is er", "Then there is"),
    "new_id": ("nieuw nummer", "new id"),
    "redirects": ("verwijst door naar", "redirects to"),
    "keys_text": (
        "Spreken sterke kenmerken (KvK, subsidienummer) elkaar tegen, dan gaat het niet door; zie dan bij twijfel.",
        "Where strong identifiers (KvK, grant number) contradict each other, it does not come about; see the doubts.",
    ),
    "confirm": ("Besluit dit", "Decide this"),
    "now": ("Nu", "Now"),
    "nothing_now": ("niets meer", "nothing any more"),
    "not_yet": (
        "Het beeld volgt nog. Blijft dit zo, kijk dan bij twijfel.",
        "The view has yet to follow. If this stays so, see the doubts.",
    ),
    "undone": ("Teruggenomen", "Taken back"),
    "undo": ("Neem terug", "Take back"),
    "undo_text": (
        "De bronnen tellen dan weer zoals zonder dit besluit. Wat was samengevoegd, krijgt deels een nieuw nummer.",
        "The sources then count as without this decision. What was merged parts, one of them under a new id.",
    ),
    "fault": ("Dit kan niet besloten worden", "This cannot be decided"),
    "current": ("Nu", "Now"),
    "becomes_value": ("Wordt", "Becomes"),
    "value": ("Nieuwe waarde", "New value"),
    "value_help": (
        "Tekst, of JSON voor samengestelde gegevens.",
        "Text, or JSON for values of several parts.",
    ),
    "record": ("Record", "Record"),
}


def desk_words(tongue: str) -> dict[str, str]:
    """All words in one language."""
    at = TONGUES.index(tongue)
    return {name: both[at] for name, both in _WORDS.items()}
