"""Small picture files in folders and archives."""

import io
import zipfile

import numpy as np
from PIL import Image


def picture(value=0, size=(5, 4), format="PNG"):
    """The bytes of a picture file of one grey."""
    buffer = io.BytesIO()
    Image.fromarray(np.full((size[1], size[0], 3), value, np.uint8)).save(buffer, format)
    return buffer.getvalue()


def folder_of(root, names):
    """A folder with a picture, each another one, of every name; a name that ends with a slash is an empty folder."""
    for index, name in enumerate(names):
        path = root / name
        if name.endswith("/"):
            path.mkdir(parents=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(picture(index))
    return root


def zip_of(path, names, compression=zipfile.ZIP_STORED):
    """An archive of the same."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        for index, name in enumerate(names):
            archive.writestr(name, b"" if name.endswith("/") else picture(index))
    return path
