"""Two networks over the same concepts, masks and images."""
