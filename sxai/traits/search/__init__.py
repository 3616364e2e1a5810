"""Search for the combination of superpixels that a network takes most surely for a class."""
