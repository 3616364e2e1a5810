"""What AS-XAI prints, item by item (Sun, Xu, Chen, Zhang; its classifier is VGG-19)."""

from collections.abc import Mapping

from sxai.reproduction.printed import Printed

PRINTED_AUTOMATIC: Mapping[str, Printed] = {
    "as-fig-3": Printed(
        "AS-XAI, Fig. 3b, d",
        "Distributions of the spaces of automatic concepts",
        "All are close to normal, closer than with masks by hand.",
        {"lowest R²": "above 0.98"},
    ),
    "as-fig-4": Printed(
        "AS-XAI, Fig. 4",
        "Rank of filters by the concept that they follow",
        "Eyes are the most and legs the least sensitive concept of cats and dogs; "
        "for primroses six filters are redundant.",
        {"most sensitive": "eyes", "least sensitive": "legs", "redundant filters": "6 of 64 (primrose)"},
    ),
    "as-fig-5": Printed(
        "AS-XAI, Fig. 5a, b",
        "Unknown animals, part by part",
        "A liger's markings and legs are like a tiger's, its face is like a lion's; a tapir is like several animals.",
        {"like more than one class": "both examples"},
    ),
    "as-fig-5c": Printed(
        "AS-XAI, Fig. 5c and Supplementary Fig. 5",
        "Importance of parts for a species",
        "For a Black-eyed Susan petals count more than the pistil.",
        {"species": "Black-eyed Susan", "PCS of part 1": "1.2552 (petals)", "PCS of part 2": "0.4715 (pistil)"},
    ),
    "as-fig-6a": Printed(
        "AS-XAI, Fig. 6a, b",
        "Partial views of an animal",
        "The network is certain of a cat whose body is hardly in view; the assessment by concepts is not sure.",
        {"CNN, hardly seen": 1.0, "sentence, hardly seen": "I am not sure whether this is a cat or a dog."},
    ),
    "as-fig-6c": Printed(
        "AS-XAI, Fig. 6c",
        "A picture as bubble rings and similarity histogram",
        "A dog is recognised by its nose, eyes and legs; its ears are confused with a cat's.",
        {"CNN": 1.0, "class by prototypes": "dog", "sentence": "I am sure it is a dog mainly because …"},
    ),
    "as-fig-6d": Printed(
        "AS-XAI, Fig. 6d",
        "One picture among many classes",
        "Every part of a Russian Blue is closer to its own breed than to the other cats and dogs.",
        {"closest to their own class": "the example shown"},
    ),
    "as-fig-7": Printed(
        "AS-XAI, Fig. 7",
        "Orthogonality with and without the loss, and of masks by hand",
        "Concepts found with the orthonormality loss are much closer to orthogonal than without it, or than by hand.",
        {"mean |cosine| within a class": "close to 0", "without the loss": "larger", "masked by hand": "larger"},
    ),
    "as-ext-table-2": Printed(
        "AS-XAI, Extended Data Table 2",
        "Rules of the explanation from PCS",
        "The assessment for each band of the largest difference.",
        {"unsure": "below 0.1", "unsure-because": "0.1 to 0.35", "probably": "0.35 to 0.5", "sure": "above 0.5"},
    ),
    "as-suppl-fig-1": Printed(
        "AS-XAI, Supplementary Fig. 1",
        "One picture changed in six ways",
        "Hue, brightness, contrast, saturation, shape and texture are changed one at a time.",
        {"changes": "hue, brightness, contrast, saturation, shape, texture"},
    ),
    "as-suppl-fig-2": Printed(
        "AS-XAI, Supplementary Fig. 2",
        "Sensitivity to changes of hue, brightness, contrast, saturation, shape and texture",
        "Ears, eyes and legs are sensitive to shape, contrast, hue and texture, in this order.",
        {"from high to low": "shape, contrast, hue, texture"},
    ),
    "as-suppl-fig-3": Printed(
        "AS-XAI, Supplementary Fig. 3",
        "Spaces of the second class, automatic and masked by hand",
        "Automatic concepts are purer, and closer to normal than those by hand.",
        {"lowest R², automatic": "above 0.98", "lowest R², by hand": "lower"},
    ),
    "as-suppl-fig-4": Printed(
        "AS-XAI, Supplementary Fig. 4",
        "Spaces of the first class, automatic and masked by hand",
        "As for the second class.",
        {"lowest R², automatic": "above 0.98", "lowest R², by hand": "lower"},
    ),
    "as-suppl-fig-6": Printed(
        "AS-XAI, Supplementary Fig. 6",
        "Concepts that single filters follow",
        "A filter follows different concepts in different classes; the 19th and the 59th have the fullest maps.",
        {"fullest filters": "19, 59", "filters": 64},
    ),
}
"""The printed values by item."""
