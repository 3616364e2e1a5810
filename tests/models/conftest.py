"""Make ``nets`` importable by name before the tests beside it are, as a person's own module would be."""

import importlib.util
import sys
from pathlib import Path

if "nets" not in sys.modules:
    _spec = importlib.util.spec_from_file_location("nets", Path(__file__).with_name("nets.py"))
    _module = importlib.util.module_from_spec(_spec)
    sys.modules["nets"] = _module
    _spec.loader.exec_module(_module)
