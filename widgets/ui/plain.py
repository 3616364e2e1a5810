"""Untrusted text, made harmless."""


def plain(text: str) -> str:
    """Untrusted text escaped for Markdown, so that nothing in it is formatting."""
    return "".join(f"\\{letter}" if letter in "\\`*_{}[]<>#|~$:" else letter for letter in text)
