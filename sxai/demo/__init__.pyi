from .verbs.fill import DemoResult as DemoResult
from .verbs.fill import fill_demo as fill_demo
from .verbs.fill import is_demo as is_demo
