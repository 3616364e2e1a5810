"""A project's catalogue and its files. Stands alone: it stores arrays, parameters and text."""
