"""The opened project, its stored analyses, and its backup."""
