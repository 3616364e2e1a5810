import pytest

from data_store.errors import CatalogueError, NotFound


@pytest.fixture
def masked(catalogue):
    """A catalogue with one image of a cat and a mask of its eyes."""
    dataset = catalogue.add_dataset("pets", "here")
    image, _ = catalogue.add_image(dataset, "cat", "train", "0", "a.png", "a.png", 2, 2, "PNG")
    rle = {"size": [2, 2], "counts": [4]}
    catalogue.save_mask(image, "cat", "eyes", None, None, None, None, rle, "manual", "me", None)
    return catalogue


def test_a_concept_is_renamed_with_its_masks(masked):
    masked.rename_concept("cat", "eyes", "gaze")
    assert [record.full_name for record in masked.concepts()] == ["cat.gaze"]
    assert len(masked.masks("cat", "gaze")) == 1


@pytest.mark.parametrize(("new", "message"), [("a.b", "holds a dot"), (" ", "has no name"), ("nose", "already")])
def test_names_that_cannot_be_are_refused(masked, new, message):
    masked.add_concept("cat", "nose")
    with pytest.raises(CatalogueError, match=message):
        masked.rename_concept("cat", "eyes", new)


def test_a_concept_goes_with_its_masks(masked):
    assert masked.remove_concept("cat", "eyes") == (1, 0)
    assert (masked.concepts(), masked.masks()) == ([], [])
    with pytest.raises(NotFound, match="no concept 'eyes'"):
        masked.remove_concept("cat", "eyes")
