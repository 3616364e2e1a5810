"""The files that masks are exported to in tests: every format, with pixels and with polygons."""

EXPORTS = [
    ("sxai", "masks.json", False),
    ("coco", "coco.json", False),
    ("coco", "coco.json", True),
    ("png", "masks", False),
    ("png", "masks.zip", False),
    ("label-studio", "ls.json", False),
    ("label-studio", "ls.json", True),
    ("cvat", "cvat.xml", False),
    ("cvat", "cvat.xml", True),
    ("cvat", "cvat.zip", True),
]
"""Format, file name, and whether outlines are written as polygons."""

ONE_EXPORT_EACH = [export for export in EXPORTS if export[1] != "masks" and export[2] == (export[0] == "cvat")][:5]
"""One export of each format, for tests that do not depend on how shapes are written."""
