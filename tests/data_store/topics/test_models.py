import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_store.errors import CatalogueError, NotFound
from data_store.records import FeatureRow, ModelRecord


@pytest.fixture
def model(catalogue):
    return catalogue.add_model("googlenet", "googlenet_bvlc", 1024, head="linear", classes=("cat", "dog"))


# ---------------------------------------------------------------- models


def test_a_model_comes_back_as_it_was_added(catalogue):
    given = {
        "name": "vgg",
        "backbone": "vgg19",
        "channels": 512,
        "head": "vgg",
        "classes": ("cat", "dog"),
        "preprocessing": {"size": 224, "mean": [0.5, 0.5, 0.5]},
        "artefact": "models/ab/abc.safetensors",
        "sha256": "abc",
        "weights_source": "imagenet",
        "parameters": {"epochs": 3, "learning_rate": 1e-3},
        "history": [{"epoch": 1, "loss": 0.5}],
        "evaluation": {"accuracy": 0.975},
        "trained": True,
    }
    added = catalogue.add_model(**given)
    assert added == ModelRecord(id=added.id, created=added.created, updated=added.updated, **given)
    assert catalogue.model("vgg") == added
    assert catalogue.models() == [added]


def test_a_model_needs_only_a_name_a_backbone_and_its_channels(catalogue):
    added = catalogue.add_model("m", "small", 64)
    assert (added.head, added.classes, added.preprocessing, added.history) == (None, (), {}, [])
    assert (added.artefact, added.evaluation, added.trained) == (None, None, False)


def test_an_unknown_model_is_none(catalogue):
    assert catalogue.model("nothing") is None
    assert catalogue.models() == []


def test_a_name_is_taken_once(catalogue, model):
    with pytest.raises(CatalogueError, match="a model is called 'googlenet' already: choose another name"):
        catalogue.add_model("googlenet", "small", 64)
    assert len(catalogue.models()) == 1


def test_a_model_changes_only_what_is_told(catalogue, model):
    changed = catalogue.update_model(model.id, trained=True, classes=("a", "b", "c"), history=({"epoch": 1},))
    assert (changed.trained, changed.classes, changed.history) == (True, ("a", "b", "c"), [{"epoch": 1}])
    assert (changed.name, changed.head, changed.created) == (model.name, model.head, model.created)
    assert changed.updated >= model.updated
    assert catalogue.model("googlenet") == changed


def test_a_model_can_be_emptied_of_optional_fields(catalogue, model):
    assert catalogue.update_model(model.id, head=None).head is None


def test_losses_that_are_not_finite_are_kept_as_unknown(catalogue, model):
    changed = catalogue.update_model(model.id, history=[{"loss": float("nan")}, {"loss": 0.5}])
    assert changed.history == [{"loss": None}, {"loss": 0.5}]


def test_a_model_is_renamed_unless_the_name_is_taken(catalogue, model):
    catalogue.add_model("other", "small", 64)
    with pytest.raises(CatalogueError, match="called 'other' already"):
        catalogue.update_model(model.id, name="other")
    assert catalogue.update_model(model.id, name="googlenet").name == "googlenet"
    assert catalogue.update_model(model.id, name="new").name == "new"
    assert catalogue.model("googlenet") is None


def test_fields_that_no_model_has_are_refused(catalogue, model):
    with pytest.raises(CatalogueError, match="a model has no colour, created: change one of name"):
        catalogue.update_model(model.id, colour="red", created="now")


def test_an_unknown_model_is_not_changed_or_removed(catalogue):
    with pytest.raises(NotFound, match="no model has the id 3"):
        catalogue.update_model(3, trained=True)
    with pytest.raises(NotFound, match="no model has the id 3"):
        catalogue.remove_model(3)


def test_removing_a_model_removes_what_was_made_with_it(catalogue, model, add_pictures):
    ids = add_pictures(catalogue, 2)
    catalogue.add_concept("cat", "eyes")
    catalogue.add_feature_block(model.id, "features/a.npz", ids)
    catalogue.save_space(model.id, "cat", "eyes", [1], [0.5], 3)
    catalogue.add_assessments(model.id, [(ids[0], None, {})])
    catalogue.remove_model(model.id)
    assert catalogue.models() == catalogue.spaces() == catalogue.assessments() == []
    assert catalogue.feature_rows(model.id) == []
    assert catalogue.count_images() == 2


# ---------------------------------------------------------------- features


def test_rows_say_where_the_features_of_an_image_are(catalogue, model, add_pictures):
    ids = add_pictures(catalogue, 3)
    catalogue.add_feature_block(model.id, "features/a.npz", [ids[2], ids[0]])
    catalogue.add_feature_block(model.id, "features/b.npz", [ids[1]])
    assert catalogue.feature_rows(model.id) == [
        FeatureRow(ids[2], "features/a.npz", 0),
        FeatureRow(ids[0], "features/a.npz", 1),
        FeatureRow(ids[1], "features/b.npz", 0),
    ]
    assert len(catalogue.feature_rows(model.id)) == 3


def test_rows_of_some_images_are_given(catalogue, model, add_pictures):
    ids = add_pictures(catalogue, 600)
    catalogue.add_feature_block(model.id, "features/a.npz", ids)
    assert [row.row for row in catalogue.feature_rows(model.id, [ids[5], ids[2]])] == [2, 5]
    assert len(catalogue.feature_rows(model.id, ids[:550])) == 550
    assert catalogue.feature_rows(model.id, []) == []


def test_each_model_has_its_own_features(catalogue, model, add_pictures):
    ids = add_pictures(catalogue, 2)
    other = catalogue.add_model("other", "small", 64)
    catalogue.add_feature_block(model.id, "features/a.npz", ids)
    catalogue.add_feature_block(other.id, "features/b.npz", ids[:1])
    assert [row.artefact for row in catalogue.feature_rows(other.id)] == ["features/b.npz"]
    assert len(catalogue.feature_rows(model.id)) == 2, "the same images under another model do not disturb"
    catalogue.drop_features(model.id)
    assert catalogue.feature_rows(model.id) == []
    assert len(catalogue.feature_rows(other.id)) == 1
    assert catalogue.referenced_artefacts() >= {"features/b.npz"}
    assert "features/a.npz" not in catalogue.referenced_artefacts()


def test_new_features_of_an_image_replace_the_old(catalogue, model, add_pictures):
    ids = add_pictures(catalogue, 3)
    catalogue.add_feature_block(model.id, "features/a.npz", ids[:2])
    catalogue.add_feature_block(model.id, "features/b.npz", ids[1:])
    assert catalogue.feature_rows(model.id) == [
        FeatureRow(ids[0], "features/a.npz", 0),
        FeatureRow(ids[1], "features/b.npz", 0),
        FeatureRow(ids[2], "features/b.npz", 1),
    ]
    catalogue.add_feature_block(model.id, "features/c.npz", ids)
    files = {path for path in catalogue.referenced_artefacts() if path.startswith("features/")}
    assert files == {"features/c.npz"}, "blocks that nothing refers to are forgotten"


def test_a_block_without_images_leaves_nothing(catalogue, model):
    catalogue.add_feature_block(model.id, "features/a.npz", [])
    assert catalogue.referenced_artefacts() == set()


@pytest.mark.parametrize(
    ("model_id", "images", "message"),
    [
        (99, [1], "no model has the id 99"),
        (1, [1, 2, 1], "an image comes twice in a block of 3 features"),
        (1, [1, 77], "nothing was stored.*(?i:foreign key)"),
    ],
)
def test_a_bad_block_is_refused_and_stores_nothing(catalogue, model, add_pictures, model_id, images, message):
    add_pictures(catalogue, 2)
    with pytest.raises(CatalogueError, match=message):
        catalogue.add_feature_block(model_id, "features/a.npz", images)
    assert len(catalogue.feature_rows(model.id)) == 0
    assert "features/a.npz" not in catalogue.referenced_artefacts()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.permutations(range(6)).flatmap(lambda p: st.integers(1, 6).map(lambda n: p[:n])), max_size=5))
def test_any_course_of_blocks_points_each_image_to_its_last(catalogue, model, add_pictures, blocks):
    ids = add_pictures(catalogue, 6) if catalogue.count_images() == 0 else [image.id for image in catalogue.images()]
    catalogue.drop_features(model.id)
    expected = {}
    for number, block in enumerate(blocks):
        catalogue.add_feature_block(model.id, f"features/{number}.npz", [ids[i] for i in block])
        expected |= {ids[i]: (f"features/{number}.npz", row) for row, i in enumerate(block)}
    rows = catalogue.feature_rows(model.id)
    assert {row.image_id: (row.artefact, row.row) for row in rows} == expected
    assert len(rows) == len(expected)
