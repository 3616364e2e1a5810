"""``python -m sxai``: the command line where the console script is not installed."""

import sys

from sxai.cli import main

sys.exit(main())
