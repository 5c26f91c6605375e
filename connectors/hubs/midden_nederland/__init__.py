"""AI-hub Midden-Nederland: projects of an outbox and memberships of a table in PostgreSQL, events of web pages."""
