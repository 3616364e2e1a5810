"""Images of a project: imported, found, read."""
