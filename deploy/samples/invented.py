"""Invented titles, companies and figures for the stand-in sources: none of it exists (*voorbeelddata*)."""

from __future__ import annotations

from deploy.samples.region import BUSINESS, KNOWLEDGE, PUBLIC, SOCIETY, Organisation

PROJECTS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "Vrede, recht en veiligheid": (
        (
            "Uitlegbare risicotaxatie voor het strafrecht",
            "Explainable risk assessment in criminal law",
            "Project",
        ),
        ("Samen leren zonder data te delen", "Learning together without sharing data", "Lab"),
        ("Nederlandse spraak in de meldkamer", "Dutch speech in the control room", "Pilot"),
        ("Synthetische dossiers voor de rechtspraak", "Synthetic files for the judiciary", "Project"),
        ("ELSA-lab: algoritmen in de rechtszaal", "ELSA lab: algorithms in court", "Lab"),
        ("Digitale weerbaarheid van het mkb", "Digital resilience of small business", "Programma"),
        ("Basiscursus AI voor juristen", "Introduction to AI for lawyers", "Cursus"),
        ("Call: veilige taalmodellen", "Call: safe language models", "Call"),
    ),
    "Haven en maritiem": (
        ("Slim schutten op de Nieuwe Waterweg", "Smart locking on the Nieuwe Waterweg", "Project"),
        ("Voorspellend onderhoud van kadekranen", "Predictive maintenance of quay cranes", "Fieldlab"),
        ("Zelfvarende peilboot", "Self-sailing survey boat", "Pilot"),
        ("Digitale tweeling van de containerterminal", "Digital twin of the container terminal", "Project"),
        ("Schonere vaarroutes met ‘just in time’", "Cleaner routes with ‘just in time’", "Project"),
        ("Ankerplaatsen beter benut", "Better use of anchorages", "Project"),
        ("Leergemeenschap havenlogistiek", "Learning community port logistics", "Programma"),
        ("Call: data delen in de maritieme keten", "Call: data sharing in the maritime chain", "Call"),
    ),
    "Energie en duurzaamheid": (
        ("Net in balans: laadpleinen voorspeld", "Grid in balance: charging forecast", "Project"),
        ("Restwarmte in beeld", "Residual heat mapped", "Project"),
        ("Zonnevoorspelling voor de glastuinbouw", "Solar forecasts for greenhouses", "Pilot"),
        ("AI-lab energiesystemen", "AI lab energy systems", "Lab"),
        ("CO₂-arme bouwlogistiek", "Low CO₂ construction logistics", "Project"),
        ("Waterstof & veiligheid: slim bewaken", "Hydrogen & safety: smart monitoring", "Fieldlab"),
        ("Circulaire materialen herkennen", "Recognising circular materials", "Project"),
        ("Cursus: rekenen aan warmtenetten", "Course: modelling heat grids", "Cursus"),
    ),
    "Gezondheid en zorg": (
        ("Beeldanalyse bij borstkankeronderzoek", "Image analysis in breast screening", "Project"),
        ("Verpleegkundige overdracht samengevat", "Nursing handover summarised", "Pilot"),
        ("Thuis herstellen met sensoren", "Recovering at home with sensors", "Project"),
        ("Federatief leren in vijf ziekenhuizen", "Federated learning in five hospitals", "Programma"),
        ("AI-kompas voor de eerste lijn", "AI compass for primary care", "Project"),
        ("ELSA-lab: zorgdata en vertrouwen", "ELSA lab: health data and trust", "Lab"),
        ("Cursus AI voor zorgverleners", "AI course for care professionals", "Cursus"),
        ("Wachttijden voorspeld, patiënt geholpen", "Waiting times forecast", "Project"),
    ),
    "Technische industrie": (
        ("Lasnaden controleren met beeldherkenning", "Inspecting welds with computer vision", "Fieldlab"),
        ("Zelflerende productieplanning", "Self-learning production planning", "Project"),
        ("Fotonische chips sneller ontworpen", "Faster design of photonic chips", "Lab"),
        ("Cobots naast de vakman", "Cobots beside the craftsman", "Pilot"),
        ("Reserveonderdelen op tijd", "Spare parts in time", "Project"),
        ("Digitale tweeling van de compressor", "Digital twin of the compressor", "Project"),
        ("AI-starterskit voor de maakindustrie", "AI starter kit for manufacturing", "Programma"),
        ("Call: slimme fabrieken Zuid-Holland", "Call: smart factories Zuid-Holland", "Call"),
    ),
}
FORMS = (
    ("Kennissessie", "Knowledge session", ("13:30", 150)),
    ("Webinar", "Webinar", ("12:00", 60)),
    ("Masterclass", "Masterclass", ("09:00", 480)),
    ("Netwerkborrel", "Network drinks", ("16:30", 120)),
    ("Hackathon", "Hackathon", ("09:00", 540)),
    ("Demodag", "Demo day", ("10:00", 360)),
    ("Werkgroepoverleg", "Working group meeting", ("15:00", 90)),
    ("Matchmaking", "Matchmaking", ("14:00", 180)),
)
COMPANIES = tuple(
    Organisation(f"{name} (voorbeeld)", kind, website=f"https://{slug}.example", kvk=kvk)
    for name, slug, kind, kvk in (
        ("Maasdata B.V.", "maasdata", BUSINESS, "09900001"),
        ("Kadekunde Robotica B.V.", "kadekunde", BUSINESS, "99000012"),
        ("Waterwegwijs B.V.", "waterwegwijs", BUSINESS, "99000023"),
        ("Zorgblik B.V.", "zorgblik", BUSINESS, "99000034"),
        ("Lasoog Inspectie B.V.", "lasoog", BUSINESS, "09900045"),
        ("Warmteweter B.V.", "warmteweter", BUSINESS, "99000056"),
        ("Rechtuit Analyse B.V.", "rechtuit", BUSINESS, "99000067"),
        ("Duinzicht Software B.V.", "duinzicht", BUSINESS, "99000078"),
        ("Stichting Patiënt & Algoritme", "patient-algoritme", SOCIETY, "99000089"),
        ("Stichting Open Havendata", "open-havendata", SOCIETY, "99000090"),
        ("Coöperatie Slimme Kassen U.A.", "slimmekassen", BUSINESS, "09900101"),
        ("Vereniging Maakbedrijven Merwede", "merwede", SOCIETY, "99000112"),
        ("Instituut voor Toegepaste Taal-AI", "taal-ai", KNOWLEDGE, "99000123"),
        ("Gemeenschappelijke Regeling Delfzoom", "delfzoom", PUBLIC, "99000134"),
        ("Kraanvogel Drones B.V.", "kraanvogel", BUSINESS, "99000145"),
        ("Netwijs Energie N.V.", "netwijs", BUSINESS, "99000156"),
    )
)
DIMENSIONS = (
    "Waarden, normen en regelgeving",
    "Talent, kennis en vaardigheden",
    "Innovatie en transitie",
    "Infrastructuur",
)
INSTRUMENTS = {
    "Lab": ("ELSA-labs", "AiNed InnovatieLabs", "ELSA-labs"),  # the labs of ICAI are counted: nation/labs.csv
    "Cursus": ("Nationale AI-cursus", "AiNed Learning Communities"),
    "Programma": ("AiNed Learning Communities",),
    "Fieldlab": ("Fieldlabs",),
    "Pilot": ("Pilots",),
    "Call": ("Programma-calls",),
    "Project": ("Kickstartfinanciering",),
}
THEMES = (
    "Ecosysteem en matchmaking",
    "Infrastructuur en afspraken voor gezondheidsdata",
    "Burger- en patiëntenparticipatie",
    "Informatie en scholing",
    "Financiële ondersteuning",
    "Casusoverzicht",
)
PHASES = ("doel", "community management", "programma-ontwikkeling", "programma-uitvoering")
PILLARS = ("bereik vergroten", "maatschappelijke vragen beantwoorden", "transformatie vormgeven")
# fmt: off
NAMES = (
    "Noorderlicht", "Meer", "Kompas", "Getij", "Baken", "Vuurtoren", "Zwaluw", "Klaver", "Duinroos",
    "Sluis", "Polder", "Reiger", "Anker", "Horizon", "Kwadrant", "Molen", "Ponton", "Schelp", "Spoor",
    "Stroom", "Tij", "Veer", "Waaier", "Zandloper",
)
# fmt: on
# fmt: off
WORDS = (
    "Slim", "Helder", "Veilig", "Open", "Lerend", "Groen", "Snel", "Samen", "Digitaal", "Menselijk",
    "Betrouwbaar", "Zuinig",
)
# fmt: on
