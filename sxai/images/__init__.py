"""Pictures: decoding with limits, sources to import from, superpixels and concept masks."""
