"""What the class of a picture is taken from: folders, a CSV, file names, or the folder's own name."""

import pytest
from picture_files import folder_of, picture, zip_of

from sxai.errors import ImportFailed
from sxai.images.label_table import read_table
from sxai.images.labels import class_in_name, label, offered
from sxai.images.sources import find_sources


def classes(path, rule="auto"):
    return label(find_sources(path), rule).classes


def test_class_folders_say_the_class(tmp_path):
    labelled = label(find_sources(folder_of(tmp_path / "pets", ["cat/1.png", "dog/2.png"])))
    assert (labelled.classes, labelled.rules) == ({"cat": 1, "dog": 1}, ("folders",))


@pytest.mark.parametrize("make", [folder_of, lambda path, names: zip_of(path.with_suffix(".zip"), names)])
def test_pictures_side_by_side_have_the_class_of_their_folder(tmp_path, make):
    labelled = label(find_sources(make(tmp_path / "cats", ["1.png", "2.png"])))
    assert (labelled.classes, labelled.rules) == ({"cats": 2}, ("own",))


def test_folders_of_one_class_given_side_by_side(tmp_path):
    folder_of(tmp_path / "animals", ["cat/1.png", "cat/2.png", "dog/3.png"])
    paths = [tmp_path / "animals" / name for name in ("cat", "dog")]
    assert classes(paths) == {"cat": 2, "dog": 1}


def test_split_folders_given_side_by_side_say_the_split(tmp_path):
    folder_of(tmp_path, ["train/cat/1.png", "val/cat/2.png", "val/dog/3.png"])
    found = find_sources([tmp_path / "train", tmp_path / "val"])
    assert [(source.class_name, source.split) for source in found] == [("cat", "train"), ("cat", "val"), ("dog", "val")]


def test_a_folder_called_like_a_split_has_the_name_of_the_one_around_it(tmp_path):
    assert classes(folder_of(tmp_path / "cats" / "train", ["1.png"])) == {"cats": 1}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cat.0.jpg", "cat"),
        ("dog_12.png", "dog"),
        ("cat-3.jpeg", "cat"),
        ("cat (4).jpg", "cat"),
        ("dog12.png", "dog"),
        ("in/yorkshire_terrier_7.jpg", "yorkshire_terrier"),
        ("IMG_0001.jpg", None),
        ("17.png", None),
        ("cat.jpg", None),
    ],
)
def test_a_numbered_file_name_begins_with_its_class(name, expected):
    assert class_in_name(name) == expected


def test_file_names_say_the_class_where_they_agree(tmp_path):
    names = ["cat.0.png", "cat.1.png", "dog_2.png", "dog_3.png"]
    labelled = label(find_sources(folder_of(tmp_path / "train", names)))
    assert (labelled.classes, labelled.rules) == ({"cat": 2, "dog": 2}, ("names",))
    assert classes(sorted((tmp_path / "train").iterdir())) == {"cat": 2, "dog": 2}


@pytest.mark.parametrize(
    "names",
    [
        ["cat.0.png", "cat.1.png"],
        ["cat.0.png", "cat.1.png", "dog.2.png"],
        ["cat.0.png", "cat.1.png", "dog.2.png", "dog.3.png", "tired.png"],
        ["IMG_0.png", "IMG_1.png", "DSC_2.png", "DSC_3.png"],
    ],
)
def test_file_names_that_do_not_agree_are_not_believed(tmp_path, names):
    assert classes(folder_of(tmp_path / "pets", names)) == {"pets": len(names)}


def test_a_csv_beside_the_pictures_says_class_and_split(tmp_path):
    folder = folder_of(tmp_path / "mixed", ["a.png", "more/b.png", "c.png"])
    (folder / "labels.csv").write_text("filename;label;set\na.png;cat;train\nb.png;dog;test\n\ngone.png;dog;\n")
    labelled = label(find_sources(folder))
    assert labelled.rules == ("table",)
    assert {source.name: (source.class_name, source.split) for source in labelled.sources} == {
        "a.png": ("cat", "train"),
        "more/b.png": ("dog", "test"),
        "c.png": (None, None),
        "gone.png": (None, None),
    }
    with pytest.raises(ImportFailed, match=r"labels.csv names gone.png"):
        labelled.sources[-1].read()


def test_a_csv_can_be_given_itself(tmp_path):
    folder = folder_of(tmp_path / "mixed", ["a.png", "more/b.png", "not-named.png"])
    (folder / "labels.csv").write_text("file,class\na.png,cat\nmore/b.png,dog\n")
    labelled = label(find_sources(folder / "labels.csv"))
    assert labelled.classes == {"cat": 1, "dog": 1}
    assert labelled.sources[0].read() == picture(0)


def test_another_csv_is_left_to_fail_as_a_picture(tmp_path):
    folder = folder_of(tmp_path / "cats", ["a.png"])
    (folder / "notes.csv").write_text("date,weather\nmonday,rain\n")
    assert label(find_sources(folder)).rules == ("own",)
    with pytest.raises(ImportFailed, match="columns file and class"):
        find_sources(folder / "notes.csv")


@pytest.mark.parametrize(
    ("text", "message"),
    [("file,class,split\na.png,cat,later\n", "unknown split 'later' in line 2"), ("file,class\n,cat\n", "line 2")],
)
def test_a_csv_with_a_bad_row_names_the_line(text, message):
    with pytest.raises(ImportFailed, match=message):
        read_table(text.encode(), "labels.csv")


def test_a_csv_in_another_encoding_is_refused():
    with pytest.raises(ImportFailed, match="UTF-8"):
        read_table("file,class\nä.png,Kätzchen\n".encode("latin-1"), "labels.csv")


def test_rules_can_be_asked_for(tmp_path):
    folder = folder_of(tmp_path / "pets", ["cat.0.png", "cat.1.png", "dog.2.png"])
    assert classes(folder, "names") == {"cat": 2, "dog": 1}
    assert classes(folder, "none") == {}
    with pytest.raises(ImportFailed, match="no CSV"):
        classes(folder, "table")
    with pytest.raises(ImportFailed, match="unknown rule 'colour'"):
        classes(folder, "colour")


def test_what_other_rules_would_give_is_offered(tmp_path):
    folder = folder_of(tmp_path / "pets", ["cat.0.png", "cat.1.png", "dog.2.png"])
    assert offered(find_sources(folder)) == {"names": {"cat": 2, "dog": 1}, "own": {"pets": 3}}
