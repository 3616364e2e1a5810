"""Common traits of the classes of a project."""
