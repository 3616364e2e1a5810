"""The comparison of searches written down: a page, its numbers as JSON, and charts."""


def write_report(rows, out) -> None:
    """Later."""
