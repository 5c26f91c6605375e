"""What words of sources stand for in the lists of the contract, for the mappings of all hubs; in lower case, pure.

A hub whose sources use other words has a table of its own: `STATUSES | {"in uitvoering": "running"}`.
"""

from __future__ import annotations

from typing import Final

STATUSES: Final = {
    "gepland": "planned",
    "lopend": "running",
    "afgerond": "completed",
    "gestopt": "stopped",
    "planned": "planned",
    "running": "running",
    "completed": "completed",
    "stopped": "stopped",
}
TYPES: Final = {
    "project": "project",
    "programma": "programme",
    "lab": "lab",
    "cursus": "course",
    "call": "call",
    "pilot": "pilot",
    "fieldlab": "fieldlab",
    "programme": "programme",
    "course": "course",
    "field lab": "fieldlab",
}
PHASES: Final = {
    "doel": "doel",
    "community management": "community-management",
    "programma-ontwikkeling": "programma-ontwikkeling",
    "programma-uitvoering": "programma-uitvoering",
    "goal": "doel",
    "programme development": "programma-ontwikkeling",
    "programme execution": "programma-uitvoering",
}
PILLARS: Final = {
    "bereik vergroten": "bereik-vergroten",
    "maatschappelijke vragen beantwoorden": "maatschappelijke-vragen-beantwoorden",
    "transformatie vormgeven": "transformatie-vormgeven",
    "widen the reach": "bereik-vergroten",
    "answer questions of society": "maatschappelijke-vragen-beantwoorden",
    "shape the transformation": "transformatie-vormgeven",
}
RESEARCH: Final = {
    "in ai": "in-ai",
    "met ai": "with-ai",
    "with ai": "with-ai",
}
INDICATORS: Final = {
    "gespecialiseerde ai-studenten": "ai-studenten",
    "studenten met basiskennis ai": "studenten-basiskennis",
    "professionals en alumni met basiskennis ai": "professionals-en-alumni",
}
ROLES: Final = {
    "coördinator": "coordinator",
    "coordinator": "coordinator",
    "penvoerder": "coordinator",
    "partner": "partner",
    "deelnemer": "member",
    "lid": "member",
    "uitgenodigd": "invited",
    "lead": "coordinator",
    "member": "member",
    "participant": "member",
    "invited": "invited",
}
HELIX: Final = {
    "kennisinstelling": "knowledge",
    "bedrijf": "business",
    "overheid": "government",
    "maatschappelijke organisatie": "civil-society",
    "burgers": "citizens",
    "knowledge institution": "knowledge",
    "business": "business",
    "government": "government",
    "civil society": "civil-society",
}
EVENT_STATUSES: Final = {
    "scheduled": "scheduled",
    "moved-online": "scheduled",
    "cancelled": "cancelled",
    "postponed": "postponed",
    "rescheduled": "rescheduled",
}
"""As the readers of events say it."""
