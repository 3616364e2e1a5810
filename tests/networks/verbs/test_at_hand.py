"""Which weights are on this machine, and what is said when others cannot be fetched."""

import urllib.error
import urllib.request

import pytest
import torch

from sxai.errors import WeightsError
from sxai.networks.backbones import BACKBONES
from sxai.networks.verbs.at_hand import SERVER, check_reachable, for_photographs, weights_at_hand


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty folder of downloaded weights."""
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    (tmp_path / "checkpoints").mkdir()
    return tmp_path / "checkpoints"


@pytest.fixture
def offline(monkeypatch):
    def refuse(request, timeout):
        raise urllib.error.URLError("Name or service not known")

    monkeypatch.setattr(urllib.request, "urlopen", refuse)


def test_the_files_are_called_as_torchvision_calls_them():
    from sxai.torchvision_ import models

    for spec in BACKBONES.values():
        if spec.torchvision_weights:
            assert models.get_weight(spec.torchvision_weights).url == f"{SERVER}{spec.torchvision_file}"


def test_a_network_for_photographs_is_offered_first(cache):
    order = [choice.name for choice in for_photographs()]
    assert order[0] == "squeezenet1_1"
    assert order.index("vgg19") < order.index("small") < order.index("googlenet_bvlc")


def test_weights_on_this_machine_are_preferred(cache):
    assert not weights_at_hand("alexnet")
    (cache / BACKBONES["alexnet"].torchvision_file).touch()
    assert weights_at_hand("alexnet")
    assert for_photographs()[0].name == "alexnet"


def test_without_internet_the_remedies_are_named(cache, offline):
    with pytest.raises(WeightsError, match=r"download.pytorch.org does not answer.*squeezenet1_1-b8a52dc0.pth.*choose"):
        check_reachable("squeezenet1_1")
    with pytest.raises(WeightsError, match=r"huggingface.co does not answer"):
        check_reachable("timm:test_resnet", "pretrained")


def test_what_comes_with_the_package_needs_no_internet(offline):
    check_reachable("small")


def test_a_file_is_tried(tmp_path, offline):
    wrong = tmp_path / "wrong.pth"
    wrong.write_bytes(b"no weights")
    with pytest.raises(WeightsError, match=r"wrong.pth"):
        check_reachable("squeezenet1_1", wrong)


def test_a_server_that_answers_is_enough(cache, monkeypatch):
    asked = []

    class Answer:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

    def answer(request, timeout):
        asked.append((request.get_method(), request.full_url))
        return Answer()

    monkeypatch.setattr(urllib.request, "urlopen", answer)
    check_reachable("squeezenet1_1")
    assert asked == [("HEAD", f"{SERVER}squeezenet1_1-b8a52dc0.pth")]
