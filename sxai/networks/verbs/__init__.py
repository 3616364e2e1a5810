"""Networks of a project: added, trained, and what they compute of its images."""
