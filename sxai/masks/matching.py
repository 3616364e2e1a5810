"""Which picture of the project a name in a file means: as it is, as a path's end, in any Unicode form, uploaded."""

import re
import unicodedata
from collections.abc import Iterator
from pathlib import PurePosixPath
from urllib.parse import parse_qs, unquote, urlsplit

UPLOADED = re.compile(r"^[0-9a-f]{8}-(?=.)")
"""What Label Studio puts before the names of uploaded files."""


def normal(name: str) -> str:
    """A name in one Unicode form: macOS decomposes letters that others write as one."""
    return unicodedata.normalize("NFC", name)


def name_keys(name: str) -> Iterator[str]:
    r"""The names under which a picture may be known, the surest first.

    >>> list(name_keys("/data/local-files/?d=photos%2Fcat%2Fa.jpg"))[-3:]
    ['photos/cat/a.jpg', 'cat/a.jpg', 'a.jpg']
    >>> list(name_keys("images\\0a1b2c3d-a.jpg"))[-2:]
    ['0a1b2c3d-a.jpg', 'a.jpg']
    """
    yield normal(name)
    parts = PurePosixPath(normal(_path_of(name).replace("\\", "/"))).parts
    ends = ["/".join(parts[at:]) for at in range(len(parts))]
    yield from ends
    if ends and (own := UPLOADED.sub("", ends[-1])) != ends[-1]:
        yield own


def _path_of(name: str) -> str:
    """The path in an address; a name that is no address stays as it is, with its question marks and percent signs."""
    if "://" not in name and "?" not in name:
        return name
    address = urlsplit(name)
    local = parse_qs(address.query).get("d")
    return local[0] if local else unquote(address.path)
