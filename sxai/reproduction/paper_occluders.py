"""What the paper of global feature occluders prints in its supplement (Wu et al., CVPR 2020), for VGG-16."""

from collections.abc import Mapping

from sxai.reproduction.printed import Printed

PRINTED_OCCLUDERS: Mapping[str, Printed] = {
    "occluder-table-s1": Printed(
        "Occluders, Table S1",
        "Accuracy under matched occluders",
        "An occluder fools the network on images of its class, also on unseen ones.",
        {"clean, training": 0.8095, "clean, test": 0.7358, "perturbed, training": 0.1001, "perturbed, test": 0.1616},
    ),
    "occluder-table-s2": Printed(
        "Occluders, Table S2",
        "Accuracy under unmatched occluders",
        "On classes that it was not learned for, an occluder does much less.",
        {"clean, training": 0.8095, "clean, test": 0.7358, "perturbed, training": 0.5392, "perturbed, test": 0.5035},
    ),
    "occluder-fig-s1": Printed(
        "Occluders, Fig. S1",
        "Occluders with images before and after",
        "Occluders of different classes differ, and what images become does not converge to one wrong class.",
        {"images become": "not one and the same class"},
    ),
}
"""The printed values by item."""
