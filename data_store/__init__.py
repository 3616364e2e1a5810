"""A project's catalogue and its files. Independent of the library: it stores arrays, parameters and text."""
