"""Images, networks and spaces put right or removed on the command line."""


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
    assert sxai("images", "split", "reference", "--home", demo_home).status == 2


def test_a_space_then_its_network_are_removed(on_demo, sxai, demo_home):
    outcome = sxai("space", "delete", "cat.eyes", "--home", demo_home)
    assert outcome.out == "cat.eyes: the space by 's-xai' is deleted; it has no space now\n"
    assert len(on_demo("space", "list")["spaces"]) == 7
    removed = on_demo("model", "delete", "pets")
    assert (removed["model"], len(removed["spaces"]), removed["features"]) == ("pets", 7, 160)
    assert on_demo("model", "list") == {"models": []}
    assert sxai("model", "delete", "pets", "--home", demo_home).status == 1
