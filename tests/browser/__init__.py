"""The page in a real browser: it updates itself, fits a phone, and breaks no rule of its own."""
