"""Networks that torchvision does not have, written out so that each can be read on one page."""
