import importlib.util
import subprocess
import sys

from sxai import torchvision_


def test_torchvision_is_usable_through_its_door():
    assert torchvision_.models is torchvision_.torchvision.models
    assert torchvision_.datasets.OxfordIIITPet.__name__ == "OxfordIIITPet"
    assert sys.modules["torchvision"] is torchvision_.torchvision


def test_it_can_be_imported_first_in_a_fresh_process():
    code = "from sxai.torchvision_ import models; print(len(models.squeezenet1_1().features))"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stderr == ""
    assert done.stdout.strip() == "13"


def test_other_errors_of_torchvision_are_not_hidden(monkeypatch):
    def fail(name):
        raise RuntimeError("something else")

    monkeypatch.setattr(torchvision_.importlib, "import_module", fail)
    try:
        torchvision_._import_torchvision()
    except RuntimeError as error:
        message = str(error)
    assert message == "something else"
    assert importlib.util.find_spec("torchvision") is not None
