"""The opened project, what is kept in it, and its backup."""
