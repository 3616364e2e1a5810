"""What the pages of semantic spaces say before there is one."""

import pytest
from streamlit.testing.v1 import AppTest

from sxai.masks.verbs.save import save_labels
from sxai.networks.verbs.networks import add_model
from widgets.ui import session


def nothing():
    """A page that only says what is missing."""
    from widgets.spaces import spaces
    from widgets.ui import session

    spaces.missing(session.opened_project())


@pytest.mark.parametrize(
    ("masks", "words"),
    [
        (0, "No masks yet"),
        (1, "cat.eyes has 1 of 3 masks"),
        (2, "cat.eyes has 2 of 3 masks"),
        (3, "No semantic space yet"),
    ],
)
def test_what_is_missing_is_told_with_the_masks_there_are(project, image_ids, monkeypatch, masks, words):
    add_model(project, "net", "small")
    for image_id in image_ids[:masks]:
        save_labels(project, image_id, "cat.eyes", [1, 2])
    monkeypatch.setattr(session, "opened_project", lambda: project)
    app = AppTest.from_function(nothing, default_timeout=60).run()
    assert not app.exception
    assert words in " ".join(one.value.replace("\\", "") for one in app.markdown)
