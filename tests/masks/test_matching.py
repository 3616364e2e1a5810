"""Names of pictures in annotation files, as programs write them, against the names in the project."""

import unicodedata

import pytest

from sxai.masks.matching import name_keys, normal


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("cat_00.jpg", "cat_00.jpg"),
        ("photos/cat/cat_00.jpg", "cat/cat_00.jpg"),
        ("images\\0a1b2c3d-cat_00.jpg", "cat_00.jpg"),
        ("/data/upload/3/0a1b2c3d-cat_00.jpg", "cat_00.jpg"),
        ("/data/local-files/?d=photos%2Fcat%2Fcat_00.jpg", "cat/cat_00.jpg"),
        ("https://store/x/cat_00.jpg?X-Amz-Expires=3600&X-Amz-SignedHeaders=host", "cat_00.jpg"),
        ("s3://bucket/a%20b.jpg", "a b.jpg"),
        (unicodedata.normalize("NFD", "löwe/bild_ä0.jpg"), "löwe/bild_ä0.jpg"),
        ("100%.jpg", "100%.jpg"),
    ],
)
def test_a_name_is_known_in_every_spelling(written, known):
    assert normal(known) in list(name_keys(written))


def test_the_exact_name_comes_before_the_one_without_the_upload_s_prefix():
    keys = list(name_keys("x/0a1b2c3d-tom.jpg"))
    assert keys.index("0a1b2c3d-tom.jpg") < keys.index("tom.jpg")


def test_longer_ends_come_first():
    keys = list(name_keys("a/b/c.jpg"))
    assert keys == sorted(keys, key=len, reverse=True)
