"""The national rules, pure: what a source speaks of, which of that is one, what is said of it."""
