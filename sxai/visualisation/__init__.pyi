from .verbs.visualise import Visual as Visual
from .verbs.visualise import VisualiseResult as VisualiseResult
from .verbs.visualise import VisualSummary as VisualSummary
from .verbs.visualise import stored_visuals as stored_visuals
from .verbs.visualise import visualise as visualise
from .verbs.visualise import write_visual as write_visual
