"""What the notices must be, judged from the log of what was evaluated: none missing, none without ground."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import orjson

from schemas.topics import NATIONAL_KINDS, NOTICE, NOTICES_STATE, national
from streams.notices import subscriptions
from streams.notices.rules import evaluate, notice_id
from streams.notices.versions import text_of, version_of
from streams.view import reports
from tests.faults.theatre import Theatre

Steps = dict[str, list[dict[str, Any]]]


def evaluations(theatre: Theatre) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every state that was written, in the order of its partition, with its id."""
    for one in theatre.witness.of(NOTICES_STATE):
        state = theatre.witness.decoded(one)
        kept = (
            orjson.loads(state["last"]) if state["last"] else {"version": None, "redirect": None, "told": {}}
        )
        yield one.key, {"evaluation": state["evaluation"], "sequence": state["sequence"], **kept}


def steps(theatre: Theatre) -> Steps:
    """Per national id the evaluations in their order; a repeated mark is no new evaluation."""
    found: Steps = {}
    for name, state in evaluations(theatre):
        before = found.setdefault(name, [])
        if not before or state["evaluation"] > before[-1]["evaluation"]:
            before.append(state)
    return found


def causes(theatre: Theatre) -> dict[tuple[str, int], str]:
    """Cause of every national version, by id and sequence."""
    return {
        (one.key, record["sequence"]): record["cause"]
        for kind in NATIONAL_KINDS
        for one in theatre.witness.of(national(kind))
        if one.value is not None and (record := theatre.witness.decoded(one))
    }


def required(theatre: Theatre) -> set[str]:
    """Ids of notices whose rule holds between two versions that were evaluated one after the other."""
    asked, why = subscriptions.load(theatre.settings), causes(theatre)
    found = set()
    for name, evaluated in steps(theatre).items():
        for before, after in itertools.pairwise(evaluated):
            if after["evaluation"] != before["evaluation"] + 1 or after["redirect"] or before["redirect"]:
                continue
            if after["version"] is not None and why.get((name, after["sequence"])) != "source":
                continue
            for one in asked:
                told = before["told"].get(one.id, {})
                if evaluate(one, before["version"], after["version"], "source", told).tell:
                    versions = (before["version"], after["version"])
                    found.add(notice_id(one.id, name, *versions, after["evaluation"]))
    return found


def groundless(theatre: Theatre) -> list[str]:
    """Notices whose versions before and after are not two consecutive evaluations of that id, with the reason."""
    known: dict[tuple[str, int], list[str | None]] = {}
    for name, state in evaluations(theatre):
        version = state["version"]
        known.setdefault((name, state["evaluation"]), []).append(
            None if version is None else text_of(version)
        )
    wrong = []
    for seen in theatre.witness.of(NOTICE):
        notice = theatre.witness.decoded(seen)
        if notice["kind"] == "report":
            continue  # of a hub, not of a record: `unchained` judges it
        name, number = notice["national_id"], notice["evaluation"]
        seen_both = (name, number) in known and (number == 1 or (name, number - 1) in known)
        if not seen_both and theatre.witness.hidden(NOTICES_STATE):
            continue  # the cleaner was faster than the witness: nothing can be said of this one
        before, after = known.get((name, number - 1), [None]), known.get((name, number), [])
        if notice["before"] not in before or notice["after"] not in after:
            numbers = [at for of, at in known if of == name]
            wrong.append(
                f"{seen.key}, evaluation {number} of {name} ({notice['what']}), logged are {numbers}"
            )
    return wrong


def unchained(theatre: Theatre) -> list[str]:
    """Reports to a hub that do not begin where the one before ended, or that end where they begin.

    A view that is killed before it reads what it wrote writes the same report again, under the same id.
    """
    told: dict[str, tuple[str | None, int]] = {}
    judged: set[str] = set()
    wrong = []
    for seen in theatre.witness.of(NOTICE):
        notice = theatre.witness.decoded(seen)
        if notice["kind"] != "report":
            continue
        before, number = told.get(notice["subscription"], (None, 0))
        fits = (notice["before"], notice["evaluation"]) == (before, number + 1)
        well = reports.signature(
            orjson.loads(notice["before"]) if notice["before"] else reports.NOTHING.condition
        )
        ends = reports.signature(orjson.loads(notice["after"]))
        if seen.key not in judged and (not fits or ends == well):
            wrong.append(f"{seen.key}, report {notice['evaluation']} to {notice['subscription']}")
        judged.add(seen.key)
        told[notice["subscription"]] = (notice["after"], notice["evaluation"])
    return wrong


def unsettled(theatre: Theatre) -> list[str]:
    """Ids whose last evaluated version is not the national record."""
    last = {name: evaluated[-1] for name, evaluated in steps(theatre).items()}
    wrong = []
    for kind in NATIONAL_KINDS:
        for key, one in theatre.witness.latest(national(kind)).items():
            record = theatre.witness.decoded(one)
            version = version_of(kind, record)
            known = last.get(key, {"version": None, "redirect": None})
            if record["redirect"] != known["redirect"] or (
                version is not None and version != known["version"]
            ):
                wrong.append(key)
    return wrong
