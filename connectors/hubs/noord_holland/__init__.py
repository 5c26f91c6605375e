"""AI-hub Amsterdam: projects and memberships of a CRM at HubSpot, events of a Google calendar."""
