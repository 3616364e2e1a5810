"""Names of files and folders as people read them: in one Unicode form, from archives and disks of any age."""

import os
import re
import unicodedata
import zipfile

from sxai.images.label_table import SPLITS

JUNK = frozenset(
    [
        *("__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "$recycle.bin", "system volume information"),
        *("lost+found", "@eadir", "@recycle", "@recently-snapshot", "@tmp", "#recycle", "#snapshot"),
    ]
)
"""What macOS, Windows, Synology's and QNAP's disks leave behind, in lower case."""
UTF8_FLAG = 0x800
"""The bit of a zip's entry that says its name is UTF-8; macOS writes UTF-8 without it."""
_AROUND = re.compile(r"^(seg|img|images?|data)[_-]|[_-](set|data|images?|imgs?|split|folder)$")


def ignored(part: str) -> bool:
    """Whether a file or folder is hidden, or left behind by a system."""
    return part.startswith(".") or part.lower() in JUNK


def split_named(folder: str) -> str | None:
    """The split that a folder's name says, if any.

    >>> split_named("training_set"), split_named("seg_test"), split_named("Dev"), split_named("cats")
    ('train', 'test', 'val', None)
    """
    name = folder.lower()
    return SPLITS.get(name) or SPLITS.get(_AROUND.sub("", name))


def readable(name: str) -> str:
    """A name from the disk as text: bytes that are not UTF-8 are read as Western European; composed letters.

    >>> readable("caf\\udce9.jpg"), readable("lo\\u0308we")
    ('café.jpg', 'löwe')
    """
    raw = os.fsencode(name)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    return unicodedata.normalize("NFC", text)


def member_name(member: zipfile.ZipInfo) -> str:
    """The name of an archive's entry; UTF-8 that is not flagged as such is recognised."""
    name = member.filename
    if not member.flag_bits & UTF8_FLAG:
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            name = member.filename
    return unicodedata.normalize("NFC", name)
