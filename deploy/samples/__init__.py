"""Stand-in source systems of a region, that really serve and change; all invented data is marked."""
