"""Networks: backbones with global average pooling, their weights, training and features."""
