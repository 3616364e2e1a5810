"""Search for the combination of superpixels with the highest class probability."""
