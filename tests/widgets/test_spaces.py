"""What the pages of semantic spaces say before there is one."""

import pytest
from streamlit.testing.v1 import AppTest

from sxai import workflows as verbs
from widgets import session


def nothing():
    """A page that only says what is missing."""
    from widgets import session, spaces

    spaces.missing(session.workspace())


@pytest.mark.parametrize(
    ("masks", "words"),
    [
        (0, "No masks yet"),
        (1, "cat.eyes has 1 of 3 masks"),
        (2, "cat.eyes has 2 of 3 masks"),
        (3, "No semantic space yet"),
    ],
)
def test_what_is_missing_is_told_with_the_masks_there_are(ws, image_ids, monkeypatch, masks, words):
    verbs.add_model(ws, "net", "small")
    for image_id in image_ids[:masks]:
        verbs.save_labels(ws, image_id, "cat.eyes", [1, 2])
    monkeypatch.setattr(session, "workspace", lambda: ws)
    app = AppTest.from_function(nothing, default_timeout=60).run()
    assert not app.exception
    assert words in " ".join(one.value.replace("\\", "") for one in app.markdown)
