"""Defaults of common traits: the paper's numbers of samples, sizes and repeats."""

SAMPLES = 300
"""N_s of the paper's common traits."""

MIN_IMAGES = 2
"""Smallest number of images for a common trait."""

SIZES = (10, 25, 50, 100, 200, 300)
"""Numbers of samples that the spread is measured at."""

REPEATS = 3
"""N_e, the paper's number of repeats."""

MAX_POSITIONS = 1024
"""Positions of a layer at most: the mean over 32 × 32 of them is known to a fraction of a per cent."""
