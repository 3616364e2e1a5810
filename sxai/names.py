"""Names that several topics share."""

from collections.abc import Iterable

from sxai.errors import SpaceError


def split_name(full_name: str, classes: Iterable[str] = ()) -> tuple[str, str]:
    """Split ``class.concept`` into its two parts; raise SpaceError where it has not both.

    The last dot separates, unless one of ``classes`` (which may hold dots itself) is the name's beginning:
    then the longest such class wins.

    >>> split_name("cat.eyes")
    ('cat', 'eyes')
    >>> split_name("st. bernard.eyes")
    ('st. bernard', 'eyes')
    >>> split_name("cat.eyes.left", classes=["cat"])
    ('cat', 'eyes.left')
    """
    known = [name for name in classes if full_name.startswith(f"{name}.")]
    class_name = max(known, key=len) if known else full_name.rpartition(".")[0]
    concept = full_name[len(class_name) + 1 :]
    if class_name.strip() and not concept.strip():
        raise SpaceError("the concept has no name: say which part or property it is, for example eyes")
    if not class_name.strip() or not concept.strip():
        raise SpaceError(f"{full_name!r} does not name a concept: write class.concept, for example cat.eyes")
    return class_name, concept
