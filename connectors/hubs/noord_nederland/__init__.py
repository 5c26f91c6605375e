"""AI-hub Noord-Nederland: projects of a research information system, events of a calendar, members in a workbook."""
