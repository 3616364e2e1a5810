from .verbs.import_ import ImportResult as ImportResult
from .verbs.import_ import import_images as import_images
from .verbs.import_ import import_torchvision as import_torchvision
from .verbs.preview import Preview as Preview
from .verbs.preview import preview as preview
from .verbs.stored import find_image as find_image
from .verbs.stored import image_named as image_named
from .verbs.stored import thumbnail_path as thumbnail_path
