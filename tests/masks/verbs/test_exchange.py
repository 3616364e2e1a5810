"""Masks out of a project and into one: one concept, none, an unknown format, the same file again."""

import pytest

from sxai.errors import MaskError
from sxai.masks.verbs.exchange import export_masks, import_masks


def test_importing_again_changes_nothing_also_when_it_may_replace(shapes_project, tmp_path, export):
    format, name, polygons = export
    export_masks(shapes_project, tmp_path / name, format=format, polygons=polygons)
    before = shapes_project.catalogue.mask_log()
    for replacing in (False, True):
        results = import_masks(shapes_project, tmp_path / name, replace=replacing)
        assert [(result.added, result.replaced) for result in results] == [(0, 0), (0, 0)]
    assert shapes_project.catalogue.mask_log() == before


def test_one_concept_alone_is_written(shapes_project, twin, tmp_path, one_export):
    format, name, polygons = one_export
    assert export_masks(shapes_project, tmp_path / name, "cat.dots", format, polygons) == 1
    assert [result.concept for result in import_masks(twin, tmp_path / name)] == ["cat.dots"]


def test_a_file_of_no_masks_is_written_and_read(twin, tmp_path, one_export):
    format, name, polygons = one_export
    assert export_masks(twin, tmp_path / name, format=format, polygons=polygons) == 0
    if format != "png":
        with pytest.raises(MaskError, match=r"no mask came of .*: it holds none"):
            import_masks(twin, tmp_path / name)


def test_an_unknown_format_is_refused_and_the_known_ones_are_named(shapes_project, tmp_path):
    export_masks(shapes_project, tmp_path / "c.json", format="coco")
    with pytest.raises(MaskError, match="'voc' is no format of masks; choose one of sxai, coco, png"):
        export_masks(shapes_project, tmp_path / "x", format="voc")
    with pytest.raises(MaskError, match="'voc' is no format"):
        import_masks(shapes_project, tmp_path / "c.json", format="voc")
