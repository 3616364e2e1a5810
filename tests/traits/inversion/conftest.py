"""Makes the toy networks importable by name."""

import importlib.util
import sys
from pathlib import Path

if "inversion_toys" not in sys.modules:
    _spec = importlib.util.spec_from_file_location("inversion_toys", Path(__file__).with_name("toys.py"))
    _module = importlib.util.module_from_spec(_spec)
    sys.modules["inversion_toys"] = _module
    _spec.loader.exec_module(_module)
