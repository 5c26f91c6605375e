"""AI-hub Brainport: posts and events of its site, members as JSON."""
