"""Help for a person who masks: suggestions, proposals, mask quality, and how many masks are enough."""
