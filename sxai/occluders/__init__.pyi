from .verbs.learn import OccludedPicture as OccludedPicture
from .verbs.learn import learn_occluders as learn_occluders
from .verbs.learn import occlude_picture as occlude_picture
from .verbs.learn import occluders_in_use as occluders_in_use
from .verbs.rank_concepts import ConceptRanking as ConceptRanking
from .verbs.rank_concepts import rank_concepts as rank_concepts
