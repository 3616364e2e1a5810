"""Examples as they are stored with the package."""

import subprocess
import sys
from dataclasses import replace

from sxai.example.card import Check, Example, Part, from_json, packaged_examples, to_json
from sxai.images.decode import decode


def test_an_example_is_read_back_as_it_was_written():
    known, stranger = packaged_examples()
    odd = replace(known, image_id=None, parts=(Part("eyes", 1.25, "#0072B2"),), alike=(b"\x00\xff",), alike_ids=(7,))
    assert from_json(to_json([known, stranger, odd])) == (known, stranger, odd)


def test_one_packaged_example_is_sure_and_the_other_is_of_an_unknown_kind():
    known, stranger = packaged_examples()
    assert isinstance(known, Example)
    assert (known.level, stranger.level) == ("sure", "unfamiliar")
    assert known.parts
    assert known.query
    assert known.total >= len(known.alike) > 0
    assert [gate.passed for gate in known.gates] == [True, True, True]
    assert stranger.gates[0] == Check("familiar", False, stranger.gates[0].why)
    for picture in (known.picture, stranger.picture, *known.alike, *stranger.alike):
        assert decode(picture).pixels.ndim == 3


def test_reading_the_packaged_examples_loads_nothing_heavy():
    program = (
        "import sys; from sxai.example.card import packaged_examples; packaged_examples(); import widgets.start.hero; "
        "print([name for name in ('torch', 'scipy', 'skimage', 'pandas', 'sqlalchemy') if name in sys.modules])"
    )
    outcome = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert outcome.stdout.strip() == "[]"
