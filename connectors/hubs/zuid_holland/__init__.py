"""AI-hub Zuid-Holland: events from The Events Calendar, projects from WordPress, members from a list."""
