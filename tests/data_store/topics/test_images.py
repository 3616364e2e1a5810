import dataclasses

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql

from data_store.errors import CatalogueError, NotFound
from data_store.records import ClassRecord, ImageRecord, NewImage
from data_store.tables import Image
from data_store.topics.lookup import among, chunks, split_name


def picture(dataset_id, name, class_name="cat", split="train", **more):
    values = {"artefact": f"images/{name}", "width": 64, "height": 48, "format": "png"}
    return NewImage(dataset_id, class_name, split, f"sha-{name}", name=name, **(values | more))


@pytest.fixture
def mixed(catalogue, add_pictures):
    """Ids of 4 cats (2 train, 2 val), 3 dogs (train; one marked) and 2 references of another data set."""
    ids = add_pictures(catalogue, 2) + add_pictures(catalogue, 2, split="val") + add_pictures(catalogue, 3, "dog")
    ids += add_pictures(catalogue, 2, None, "reference", "web")
    catalogue.mark_image(ids[5], "odd")
    return ids


# ---------------------------------------------------------------- data sets and classes


def test_a_data_set_is_made_once(catalogue):
    first = catalogue.add_dataset("pets", "/photos/pets")
    assert catalogue.add_dataset("pets", "elsewhere") == first
    assert catalogue.add_dataset("other", "x") != first
    assert [(record.name, record.source) for record in catalogue.datasets()] == [
        ("pets", "/photos/pets"),
        ("other", "x"),
    ]


def test_data_sets_count_their_images(catalogue, mixed):
    assert {record.name: record.images for record in catalogue.datasets()} == {"photos": 7, "web": 2}


def test_classes_are_made_once_and_keep_their_order(catalogue):
    for name in ("dog", "cat", "dog", "fox"):
        catalogue.set_class([], name)
    assert [record.name for record in catalogue.classes()] == ["dog", "cat", "fox"]


def test_classes_count_their_images_by_split(catalogue, mixed):
    catalogue.set_class([], "fox")
    cat, dog, fox = catalogue.classes()
    assert cat == ClassRecord(cat.id, "cat", {"train": 2, "val": 2})
    assert dog.images == {"train": 3}
    assert fox.images == {}


def test_an_empty_class_name_is_refused(catalogue):
    with pytest.raises(CatalogueError, match="not empty"):
        catalogue.set_class([], " ")
    assert catalogue.classes() == []


def test_a_class_may_hold_dots(catalogue):
    catalogue.set_class([], "n02123045 tabby.cat")
    catalogue.add_concept("n02123045 tabby.cat", "eyes")
    assert split_name(catalogue.concepts()[0].full_name) == ("n02123045 tabby.cat", "eyes")


# ---------------------------------------------------------------- adding


def test_an_image_comes_back_as_it_was_added(catalogue):
    dataset = catalogue.add_dataset("pets", "x")
    id, created = catalogue.add_image(dataset, "cat", "val", "abc", "images/a.png", "a.png", 64, 48, "png")
    assert created
    assert catalogue.image(id) == ImageRecord(id, "a.png", "cat", "val", "abc", "images/a.png", 64, 48, "png", "pets")


def test_a_picture_that_is_there_already_is_left_as_it_is(catalogue):
    dataset = catalogue.add_dataset("pets", "x")
    first = catalogue.add_images([picture(dataset, "a.png")])[0]
    again = catalogue.add_images([picture(dataset, "a.png", class_name="dog", split="val", width=9)])[0]
    assert (first[1], again) == (True, (first[0], False))
    assert catalogue.image(first[0]).class_name == "cat"
    assert [record.name for record in catalogue.classes()] == ["cat"], "and no class is made for it"


def test_a_picture_twice_in_a_list_is_new_once(catalogue):
    dataset = catalogue.add_dataset("pets", "x")
    names = ["a", "b", "a", "c", "b", "a"]
    results = catalogue.add_images([picture(dataset, name) for name in names])
    assert [created for _, created in results] == [True, True, False, True, False, False]
    assert [catalogue.image(id).name for id, _ in results] == names
    assert [image.name for image in catalogue.images()] == ["a", "b", "c"]


def test_thousands_of_images_are_added_in_their_order(catalogue, add_pictures):
    ids = add_pictures(catalogue, 1203)
    assert ids == sorted(ids)
    assert [image.id for image in catalogue.images()] == ids
    assert add_pictures(catalogue, 0) == []


def test_an_image_may_be_without_class(catalogue):
    dataset = catalogue.add_dataset("web", "x")
    [(id, _)] = catalogue.add_images([picture(dataset, "a", class_name=None, split="reference")])
    assert catalogue.image(id).class_name is None
    assert catalogue.classes() == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"split": "test"}, "'test' is not a split: choose one of train, val, reference"),
        ({"dataset_id": 99}, "no dataset has the id 99"),
        ({"width": 0}, "ck_image_size"),
        ({"height": -3}, "ck_image_size"),
        ({"class_name": ""}, "not empty"),
    ],
)
def test_one_bad_image_keeps_the_whole_list_out(catalogue, change, message):
    dataset = catalogue.add_dataset("pets", "x")
    bad = dataclasses.replace(picture(dataset, "bad"), **change)
    with pytest.raises(CatalogueError, match=message):
        catalogue.add_images([picture(dataset, "good"), bad])
    assert catalogue.images() == []
    assert catalogue.classes() == []


def test_ids_are_not_used_again_after_a_removal(catalogue, add_pictures):
    ids = add_pictures(catalogue, 2)
    catalogue.remove_images(ids)
    dataset = catalogue.add_dataset("photos", "x")
    assert catalogue.add_images([picture(dataset, "new")])[0][0] > max(ids)


# ---------------------------------------------------------------- finding


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        ({}, [0, 1, 2, 3, 4, 5, 6, 7, 8]),
        ({"class_name": "cat"}, [0, 1, 2, 3]),
        ({"class_name": "cat", "split": "val"}, [2, 3]),
        ({"split": "train"}, [0, 1, 4, 5, 6]),
        ({"split": "reference"}, [7, 8]),
        ({"dataset": "web"}, [7, 8]),
        ({"dataset": "photos", "class_name": "dog"}, [4, 5, 6]),
        ({"mark": "odd"}, [5]),
        ({"mark": "odd", "class_name": "cat"}, []),
        ({"class_name": "fox"}, []),
        ({"dataset": "nowhere"}, []),
        ({"split": "nosuch"}, []),
    ],
)
def test_filters_go_together(catalogue, mixed, filters, wanted):
    assert [mixed.index(image.id) for image in catalogue.images(**filters)] == wanted
    assert catalogue.count_images(**filters) == len(wanted)


def test_images_asked_for_by_id_come_in_that_order_once(catalogue, mixed):
    ids = [mixed[4], mixed[0], 999, mixed[4], mixed[8]]
    assert [image.id for image in catalogue.images(ids=ids)] == [mixed[4], mixed[0], mixed[8]]
    assert [image.id for image in catalogue.images(ids=ids, class_name="cat")] == [mixed[0]]
    assert [image.id for image in catalogue.images(ids=ids, offset=1, limit=1)] == [mixed[0]]
    assert catalogue.images(ids=[]) == []
    assert catalogue.count_images(ids=ids) == 3


def test_any_number_of_ids_can_be_asked_for(catalogue, add_pictures):
    ids = add_pictures(catalogue, 700)
    many = [*range(100_000, 140_000), *reversed(ids)]
    assert [image.id for image in catalogue.images(ids=many)] == ids[::-1]
    assert catalogue.count_images(ids=many) == 700


def test_other_databases_get_many_ids_written_out(catalogue):
    class Elsewhere:
        def get_bind(self):
            return type("Bind", (), {"dialect": postgresql.dialect()})

    condition = among(Elsewhere(), Image.id, list(range(600)))
    text = str(condition.compile(dialect=postgresql.dialect(), compile_kwargs={"render_postcompile": True}))
    assert text == f"image.id IN ({', '.join(map(str, range(600)))})"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(size=st.integers(1, 11), class_name=st.sampled_from([None, "cat", "dog"]), by_id=st.booleans())
def test_pages_put_together_are_the_whole(catalogue, mixed, size, class_name, by_id):
    filters = {"class_name": class_name, "ids": mixed[::-1] if by_id else None}
    whole = catalogue.images(**filters)
    pages = [catalogue.images(**filters, offset=start, limit=size) for start in range(0, 12, size)]
    assert [image for page in pages for image in page] == whole
    assert all(len(page) <= size for page in pages)


def test_an_unknown_image_is_told(catalogue):
    with pytest.raises(NotFound, match="no image has the id 7: it was removed"):
        catalogue.image(7)


# ---------------------------------------------------------------- changing


def test_images_change_their_split_together(catalogue, mixed):
    catalogue.set_split(mixed[:3], "reference")
    assert [image.id for image in catalogue.images(split="reference")] == mixed[:3] + mixed[7:]
    with pytest.raises(CatalogueError, match="not a split"):
        catalogue.set_split(mixed, "test")
    catalogue.set_split([], "val")
    assert catalogue.count_images(split="val") == 1


def test_thousands_of_images_change_their_split(catalogue, add_pictures):
    ids = add_pictures(catalogue, 1500)
    catalogue.set_split(ids[:1400], "val")
    assert catalogue.count_images(split="val") == 1400


def test_images_change_their_class(catalogue, mixed):
    catalogue.set_class(mixed[:1], "fox")
    catalogue.set_class(mixed[1:2], None)
    assert catalogue.image(mixed[0]).class_name == "fox"
    assert catalogue.image(mixed[1]).class_name is None
    assert catalogue.count_images(class_name="cat") == 2


def test_removing_images_removes_what_hangs_on_them(catalogue, mixed, save):
    model = catalogue.add_model("m", "small", 8)
    catalogue.add_feature_block(model.id, "features/a.npz", mixed)
    catalogue.set_parts(mixed[0], {"eyes": (True, None)})
    catalogue.mark_image(mixed[0], "odd")
    save(catalogue, mixed[0])
    [assessment] = catalogue.add_assessments(model.id, [(mixed[0], None, {})])
    assert catalogue.remove_images([mixed[0], 999]) == 1
    assert catalogue.masks() == []
    assert catalogue.mask_events() == []
    assert catalogue.parts(mixed[0]) == {}
    assert catalogue.marks(image_id=mixed[0]) == []
    assert len(catalogue.feature_rows(model.id)) == 8
    kept = catalogue.assessments()[0]
    assert (kept.id, kept.image_id) == (assessment, None), "what was said stays, without its image"


@given(st.lists(st.integers(), max_size=30), st.integers(1, 7))
def test_chunks_lose_nothing(items, size):
    parts = list(chunks(iter(items), size))
    assert [item for part in parts for item in part] == items
    assert all(0 < len(part) <= size for part in parts)


def test_a_name_without_dot_is_no_full_name():
    with pytest.raises(NotFound, match=r"write class\.concept"):
        split_name("eyes")


def test_an_image_is_renamed(catalogue):
    dataset = catalogue.add_dataset("pets", "here")
    image, _ = catalogue.add_image(dataset, None, "train", "0", "a.png", "a.png", 2, 2, "PNG")
    catalogue.rename_image(image, " b.png ")
    assert catalogue.image(image).name == "b.png"
    for name in ("", "x" * 769):
        with pytest.raises(CatalogueError, match="cannot be called"):
            catalogue.rename_image(image, name)


def test_classes_without_images_and_concepts_are_dropped(catalogue):
    dataset = catalogue.add_dataset("pets", "here")
    ids = [catalogue.add_image(dataset, name, "train", name, name, name, 2, 2, "PNG")[0] for name in ("cat", "dog")]
    catalogue.add_concept("dog", "nose")
    catalogue.set_class(ids, "animal")
    assert catalogue.drop_empty_classes() == ["cat"]
    assert [record.name for record in catalogue.classes()] == ["dog", "animal"]
