from .verbs.attack import AttackedImage as AttackedImage
from .verbs.attack import attack_image as attack_image
from .verbs.calibrate_detection import calibrate_detection as calibrate_detection
from .verbs.calibrate_detection import detection_rule as detection_rule
from .verbs.calibrate_detection import reset_detection as reset_detection
from .verbs.table import AttackTable as AttackTable
from .verbs.table import attack_table as attack_table
