"""The end of the journey: the national view kept in SQLite, its proof, its API and its page."""
