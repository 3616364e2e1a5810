"""Images, networks and spaces put right or removed on the command line."""

from picture_files import folder_of


def test_images_are_moved_and_removed(on_demo, sxai, demo_home, demo_project):
    plain = demo_project.catalogue.images(class_name="cat")[-1]
    assert on_demo("images", "split", "reference", plain.name)["images"] == [plain.id]
    assert demo_project.catalogue.image(plain.id).split == "reference"
    masked = demo_project.catalogue.masks("cat", "eyes")[0].image_id
    outcome = sxai("images", "delete", masked, "--home", demo_home)
    assert outcome.status == 1
    assert "say that masks go too" in outcome.err
    outcome = sxai("images", "delete", masked, "--masks", "--home", demo_home)
    assert outcome.out.startswith("1 images deleted\n")
    assert "1 masks of cat.eyes deleted" in outcome.out
    assert "no image is meant" in sxai("images", "split", "reference", "--home", demo_home).err


def test_a_space_then_its_network_are_removed(on_demo, sxai, demo_home):
    outcome = sxai("space", "delete", "cat.eyes", "--home", demo_home)
    assert outcome.out == "cat.eyes: the space by 's-xai' is deleted; it has no space now\n"
    assert len(on_demo("space", "list")["spaces"]) == 7
    removed = on_demo("model", "delete", "pets")
    assert (removed["model"], len(removed["spaces"]), removed["features"]) == ("pets", 7, 160)
    assert on_demo("model", "list") == {"models": []}
    assert sxai("model", "delete", "pets", "--home", demo_home).status == 1


def test_folders_of_one_class_are_imported_side_by_side(sxai, tmp_path):
    folder_of(tmp_path / "animals", ["cat/1.png", "cat/2.png", "dog/3.png"])
    folders = [tmp_path / "animals" / name for name in ("cat", "dog")]
    outcome = sxai("import", *folders, "--home", tmp_path / "home")
    assert outcome.out.splitlines() == [
        "3 imported (cat 2, dog 1), 0 duplicates",
        "  classes taken from: the folder's own name",
    ]


def test_a_dry_run_says_what_would_come_in_and_makes_no_project(sxai, tmp_path):
    folder_of(tmp_path / "mixed", ["cat.0.png", "cat.1.png", "dog.0.png", "dog.1.png"])
    (tmp_path / "mixed" / "dog.2.png").write_bytes(b"")
    outcome = sxai("import", tmp_path / "mixed", "--dry-run", "--home", tmp_path / "home")
    assert outcome.out.splitlines() == [
        "found: cat 2, dog 2; 1 cannot be read",
        "  splits: auto 4",
        "  classes taken from: file names",
        "  or --classes own: mixed 5",
        "  failed: dog.2.png: The file is empty (0 bytes). Get it again, or leave it out.",
        "Nothing was stored.",
    ]
    assert not (tmp_path / "home").exists()
    document = sxai("import", tmp_path / "mixed", "--dry-run", "--classes", "own", "--json").json
    assert (document["classes"], document["classes_from"]) == ({"mixed": 4}, ["own"])


def test_images_without_a_class_are_given_one_in_bulk(sxai, tmp_path):
    folder_of(tmp_path / "mixed", ["1.png", "2.png"])
    home = ("--home", tmp_path / "home")
    sxai("import", tmp_path / "mixed", "--classes", "none", *home)
    refused = sxai("images", "class", "cat", "--unclassed", *home)
    assert refused.status == 1
    assert "Say that it is new" in refused.err
    assert sxai("images", "class", "cat", "--unclassed", "--new", "--json", *home).json["changed"] == 2
    assert sxai("images", "rename", "1.png", "kitten.png", "--json", *home).json["name"] == "kitten.png"
    assert sxai("images", "split", "reference", *home).status == 1


def test_concepts_are_renamed_and_deleted(on_demo, sxai, demo_home):
    assert on_demo("concept", "rename", "cat.eyes", "gaze")["now"] == "cat.gaze"
    refused = sxai("concept", "delete", "cat.gaze", "--home", demo_home)
    assert refused.status == 1
    removed = on_demo("concept", "delete", "cat.gaze", "--yes")
    assert (removed["name"], removed["spaces"]) == ("cat.gaze", 1)
    assert "cat.gaze" not in {space["name"] for space in on_demo("space", "list")["spaces"]}


def test_a_network_is_renamed(on_demo):
    assert on_demo("model", "rename", "pets", "animals")["model"] == "animals"
    assert on_demo("model", "list")["models"][0]["active"]
