from .verbs.compare import ConceptPairs as ConceptPairs
from .verbs.compare import ModelComparison as ModelComparison
from .verbs.compare import compare_models as compare_models
from .verbs.compare import compared_images as compared_images
from .verbs.compare import shared_concepts as shared_concepts
