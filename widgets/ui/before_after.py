"""A picture before a change, the magnified change, and the picture after it, with a download."""

from collections.abc import Mapping

import numpy as np
import streamlit as st

from sxai.attacks.figures import magnified
from sxai.images.decode import encode
from widgets.ui.session import plain


def before_after_row(pictures: Mapping[str, np.ndarray], after: str, captions: tuple[str, str, str], key: str) -> None:
    """``pictures`` hold "clean" and ``after``, uint8 (H, W, 3), and "change" in units of the pixel range.

    ``captions`` go below them in the order clean, change, after; "{times}" in them is the change's magnification.
    """
    change, times = magnified(pictures["change"])
    shown = (pictures["clean"], change, pictures[after])
    for at, (column, pixels, caption) in enumerate(zip(st.columns(3), shown, captions, strict=True)):
        words, data = caption.replace("{times}", f"{times:.0f} times"), encode(pixels, "png")
        with column:
            st.image(data, caption=plain(words), width="stretch", alt=words)
            if at == 2:
                st.download_button(
                    "PNG",
                    data,
                    f"{after}.png",
                    "image/png",
                    icon=":material/download:",
                    type="tertiary",
                    on_click="ignore",
                    key=key,
                )
