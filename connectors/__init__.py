"""The doors: how source systems are read, and how notices leave the house."""
