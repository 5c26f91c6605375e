"""From a notice to what people and programs read: Dutch and English text, CloudEvents JSON, and a mail.

A pure function of the notice, the subscription and the names of slugs: sending it again gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from schemas.cloudevents import envelope, source_of, type_of
from streams.notices import reporting
from streams.notices.subscriptions import Subscription
from streams.notices.values import Setting, readable
from streams.notices.versions import title_of
from streams.notices.words import KINDS, NEW, PLURALS, THE, WHAT, Language, Pair, label, moment, word

BOTH: tuple[Language, Language] = ("nl", "en")


@dataclass(frozen=True)
class Part:
    """A notice in one language."""

    language: Language
    subject: str
    intro: str
    sample: str
    lines: tuple[str, ...]
    link: str | None
    record: str | None
    footer: str


@dataclass(frozen=True)
class Composed:
    """What is sent: the JSON of the webhook, and subject, plain text and HTML of the mail."""

    event: bytes
    subject: str
    plain: str
    html: str
    list_name: str


@dataclass(frozen=True)
class Composer:
    """Composes notices; `base` is the address of the page, `names` gives Dutch and English per slug."""

    base: str
    names: Mapping[str, Pair]

    def __call__(self, notice: Mapping[str, Any], subscription: Subscription) -> Composed:
        """Everything that goes out for one notice."""
        parts = {language: self.part(notice, subscription, language) for language in BOTH}
        order = BOTH if subscription.language == "nl" else tuple(reversed(BOTH))
        shown = [parts[language] for language in order]
        return Composed(
            event=orjson.dumps(self.event(notice, parts)),
            subject=shown[0].subject,
            plain=_template("mail.txt").render(parts=shown, notice=notice),
            html=_template("mail.html").render(parts=shown, notice=notice),
            list_name=subscription.name.nl,
        )

    def part(self, notice: Mapping[str, Any], subscription: Subscription, language: Language) -> Part:
        """The notice in one language."""
        before, after = _version(notice["before"]), _version(notice["after"])
        of_record = notice["kind"] not in ("summary", "report")
        lines = self._lines(notice, language) if of_record else self._told(notice, after or {}, language)
        subject = self._subject(notice, after or before, language)
        sample = (
            "Voorbeelddata: verzonnen, om te laten zien hoe het werkt.",
            "Sample data (voorbeelddata): invented.",
        )
        team = word((subscription.name.nl, subscription.name.en), language)
        why = (f"U krijgt dit als {team}. Kenmerk", f"You receive this as {team}. Reference")
        return Part(
            language=language,
            subject=f"[voorbeelddata] {subject}" if notice["sample"] else subject,
            intro=self._intro(notice, after or before, language),
            sample=word(sample, language) if notice["sample"] else "",
            lines=tuple(lines),
            link=self._link(after) or self._link(before),
            record=self.address(notice) if of_record and after is not None else None,
            footer=f"{word(why, language)}: {notice['id']}",
        )

    def address(self, notice: Mapping[str, Any]) -> str:
        """Where the national record can be read."""
        return f"{self.base}/api/v1/{PLURALS[notice['kind']][1]}/{notice['national_id']}"

    def event(self, notice: Mapping[str, Any], parts: Mapping[Language, Part]) -> dict[str, Any]:
        """The CloudEvent of the NL GOV profile; no personal data in its attributes."""
        setting = self._setting(notice)
        changes = notice["changes"] if notice["kind"] != "report" else []
        shown = [
            {
                "field": change["field"],
                "label": {language: label(change["field"], language) for language in BOTH},
                "before": {language: _shown(change, "before", setting, language) for language in BOTH},
                "after": {language: _shown(change, "after", setting, language) for language in BOTH},
            }
            for change in changes
        ]
        data = {
            "subscription": notice["subscription"],
            "what": notice["what"],
            "kind": notice["kind"],
            "nationalId": notice["national_id"],
            "title": notice["title"],
            "hubs": list(notice["hubs"]),
            "cause": notice["cause"],
            "voorbeelddata": notice["sample"],
            "changes": shown,
            "text": {
                language: "\n".join([part.intro, *part.lines]) for language, part in sorted(parts.items())
            },
            "link": parts["nl"].link,
            "record": parts["nl"].record,
        }
        if notice["kind"] == "summary":
            data["summary"] = _version(notice["after"])
        if notice["kind"] == "report":
            data |= reporting.data(_version(notice["after"]) or {}, notice["changes"])
        event_type = type_of("notice", notice["kind"])
        subject = notice["national_id"] or notice["subscription"]
        return envelope(event_type, source_of(None), notice["id"], notice["created_at"], data, subject)

    def _subject(
        self, notice: Mapping[str, Any], version: Mapping[str, Any] | None, language: Language
    ) -> str:
        if notice["kind"] == "summary":
            hub = self._hubs(notice, language)
            return word((f"Eerste blik op {hub}", f"First look at {hub}"), language)
        if notice["kind"] == "report":
            return reporting.subject(version or {}, self._hubs(notice, language), language)
        title = title_of(version, language) if version else notice["title"]
        what = word(WHAT[notice["what"]], language)
        return f"{what}: {' '.join(title.split())} ({word(KINDS[notice['kind']], language)})"

    def _intro(self, notice: Mapping[str, Any], version: Mapping[str, Any] | None, language: Language) -> str:
        hubs = self._hubs(notice, language)
        if notice["kind"] == "summary":
            told = (
                f"{hubs} is aangesloten. Dit is er nu; hierna hoort u alleen wat verandert.",
                f"{hubs} is connected. This is what there is now; from here on you hear what changes.",
            )
            return word(told, language)
        if notice["kind"] == "report":
            return reporting.intro(version or {}, hubs, language)
        title = title_of(version, language) if version else notice["title"]
        sentence = word(_SENTENCES[notice["what"]], language)
        the, new = word(THE[notice["kind"]], language), word(NEW[notice["kind"]], language)
        return sentence.format(hubs=hubs, the=the, new=new, title=" ".join(title.split()))

    def _hubs(self, notice: Mapping[str, Any], language: Language) -> str:
        joint = word((" en ", " and "), language)
        named = [word(self.names.get(hub, (hub, hub)), language) for hub in notice["hubs"]]
        return joint.join(named) or word(("De landelijke redactie", "The national office"), language)

    def _setting(self, notice: Mapping[str, Any]) -> Setting:
        version = _version(notice["after"]) or _version(notice["before"]) or {}
        content = version.get("content") or {}
        return Setting(content.get("zone"), bool(content.get("all_day")), self.names)

    def _lines(self, notice: Mapping[str, Any], language: Language) -> list[str]:
        setting = self._setting(notice)
        lines = []
        for change in notice["changes"]:
            old, new = (_shown(change, side, setting, language) for side in ("before", "after"))
            told = (f"van {old} naar {new}", f"from {old} to {new}")
            lines.append(f"{label(change['field'], language)}: {word(told, language)}")
        return lines + self._when(notice, setting, language)

    def _when(self, notice: Mapping[str, Any], setting: Setting, language: Language) -> list[str]:
        """When it is or would have been, unless a changed date already says so."""
        version = _version(notice["after"]) or _version(notice["before"]) or {}
        content = version.get("content") or {}
        changed = {change["field"] for change in notice["changes"]}
        wanted = [name for name in ("start", "end", "deadline") if content.get(name) and name not in changed]
        if notice["what"] == "changed" and notice["kind"] != "event":
            return []
        off = notice["what"] in ("cancelled", "removed")
        prefix = word(("was gepland, ", "was planned, ") if off else ("", ""), language)
        dates = [
            f"{prefix}{label(name, language)}: "
            f"{moment(content[name], setting.zone, setting.all_day, language)}"
            for name in wanted
        ]
        if content.get("previous_start") and "previous_start" not in changed and "start" not in changed:
            earlier = moment(content["previous_start"], setting.zone, setting.all_day, language)
            dates.append(f"{label('previous_start', language)}: {earlier}")
        return dates

    def _told(self, notice: Mapping[str, Any], after: Mapping[str, Any], language: Language) -> list[str]:
        if notice["kind"] == "report":
            return reporting.lines(notice, after, language)
        return self._summary(after, language)

    def _summary(self, after: Mapping[str, Any] | None, language: Language) -> list[str]:
        lines = []
        for kind, found in sorted((after or {}).get("kinds", {}).items()):
            noun = word((PLURALS if found["count"] != 1 else KINDS)[kind], language)
            lines.append(f"{found['count']} {noun}: {'; '.join(found['titles'])}")
            more = found["count"] - len(found["titles"])
            if more > 0:
                lines[-1] += word((f"; en nog {more}", f"; and {more} more"), language)
        return lines

    @staticmethod
    def _link(version: Mapping[str, Any] | None) -> str | None:
        if not version or "content" not in version:
            return None
        found = version["content"].get("link") or version.get("address")
        return found if isinstance(found, str) and found.startswith(("http://", "https://")) else None


_SENTENCES: Mapping[str, Pair] = {
    "new": ("{hubs} meldt {new} {title}.", "{hubs} announces {new} {title}."),
    "changed": ("{hubs} heeft {the} {title} gewijzigd.", "{hubs} changed {the} {title}."),
    "ended": ("{hubs} meldt dat {the} {title} is beëindigd.", "{hubs} reports that {the} {title} has ended."),
    "cancelled": ("{hubs} heeft {the} {title} geannuleerd.", "{hubs} cancelled {the} {title}."),
    "removed": ("{hubs} meldt {the} {title} niet meer.", "{hubs} no longer reports {the} {title}."),
    "first-look": ("{hubs} meldt {the} {title}.", "{hubs} reports {the} {title}."),
}


def _version(text: str | None) -> dict[str, Any] | None:
    return None if text is None else orjson.loads(text)


def _shown(change: Mapping[str, Any], side: str, setting: Setting, language: Language) -> str:
    return readable(change["field"], _version(change[side]), setting, language)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("streams.notices"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _template(name: str) -> Any:
    return _environment().get_template(name)
