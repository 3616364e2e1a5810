"""Feature occluders: one faint pattern that hides a class from a network."""
