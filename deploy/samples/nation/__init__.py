"""Data of the seven regions: places, partners, labs and titles; what is invented says so."""
