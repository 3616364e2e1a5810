"""What the paper prints, item by item: its figures and tables, their place in the paper, and every number in them.

S-XAI: Xu, Chen, Zhang, *Adv. Sci.* 2022, 2204723, and its supplement. The network there is VGG-19, the classes are
cats and dogs of Kaggle's Dogs vs. Cats. Shares are in [0, 1].

SeVec: Gu, Tresp, *Semantics for Global and Local Interpretation of Deep Neural Networks*; VGG-16 on ImageNet.
"""

from collections.abc import Mapping

from sxai.reproduction.paper_automatic import PRINTED_AUTOMATIC
from sxai.reproduction.paper_occluders import PRINTED_OCCLUDERS
from sxai.reproduction.printed import Printed

UNSURE = "It may be a cat, but I am not sure."
RETRIEVER = (
    "It is probably a dog mainly because its vivid eyes, which are something like dog's eyes. It has nose, which is "
    "something like dog's nose. However, its legs are a little confusing."
)
FRONT = (
    "I am sure it is a cat mainly because its eyes, and nose and legs, which are cat's eyes and nose and legs obviously"
)
SIDE = (
    "It is probably a cat mainly because it has nose, which is perhaps cat's nose. Although its legs are a little "
    "confusing."
)

PRINTED: Mapping[str, Printed] = {
    "fig-2a": Printed(
        "Fig. 2a",
        "Common traits of the first class, visualised",
        "The 1st component displays vivid faces, the 2nd several body regions such as beards, eyes and noses, the 3rd "
        "mainly fur-like patterns.",
        {
            "samples N_s": 300,
            "PC 1 shows": "vivid faces",
            "PC 2 shows": "body regions: beards, eyes, noses",
            "PC 3 shows": "fur-like patterns",
        },
    ),
    "fig-2b": Printed(
        "Fig. 2b",
        "Common traits of the second class, visualised",
        "As for the first class: faces, body regions, fur-like patterns.",
        {
            "samples N_s": 300,
            "PC 1 shows": "vivid faces",
            "PC 2 shows": "body regions: beards, eyes, noses",
            "PC 3 shows": "fur-like patterns",
        },
    ),
    "fig-2c": Printed(
        "Fig. 2c",
        "Information ratio of the first five components",
        "The 1st component of 500 dogs holds nearly half of the information, the 2nd 7.32 % and the 3rd 3.53 %.",
        {"samples N_s": 500, "ratio of PC 1": 0.5, "ratio of PC 2": 0.0732, "ratio of PC 3": 0.0353},
    ),
    "fig-2d": Printed(
        "Fig. 2d",
        "Spread of the common trait from its average",
        "With more samples the trait is more stable: at N_s = 300 the spread over three draws is only 3.9 %.",
        {"repeats N_e": 3, "spread at N_s = 300": 0.039},
    ),
    "fig-3a": Printed(
        "Fig. 3a",
        "The semantic space of the eyes",
        "The five channels with the largest difference carry the eyes; the picture made from them shows bright eyes. "
        "Channel 263 also belongs to the nose.",
        {"masked images": 100, "SSNs": 5, "SSNs shared with the other space": "channel 263"},
    ),
    "fig-3b": Printed(
        "Fig. 3b",
        "The semantic space of the nose",
        "As for the eyes; channel 263 belongs to both.",
        {"masked images": 100, "SSNs": 5, "SSNs shared with the other space": "channel 263"},
    ),
    "fig-3c": Printed(
        "Fig. 3c",
        "Distribution of activations, and images at its ends",
        "Over 3,000 cats A_s is close to a normal distribution; P < 0.1 shows hardly any eyes, P > 0.9 large bright "
        "ones, and masking the eyes lowers P markedly.",
        {"images": 3000, "R²": "all above 0.97", "P falls when masked": "a marked decrease"},
    ),
    "fig-4a": Printed(
        "Fig. 4a",
        "A view without a visible concept of the class",
        "The back of a Maine Coon: the CNN is confident, every semantic probability is low.",
        {"CNN": 0.971, "sentence": UNSURE},
    ),
    "fig-4b": Printed(
        "Fig. 4b",
        "A clear case with one confusing concept",
        "A golden retriever: eyes and nose are a dog's, the legs could be a cat's.",
        {"CNN": 1.0, "sentence": RETRIEVER},
    ),
    "fig-4c": Printed(
        "Fig. 4c",
        "The same class from the front and from the side",
        "A Maine Coon: sure from the front, probable with confusing legs from the side.",
        {"CNN, front": "above 0.9", "sentence, front": FRONT, "CNN, side": "above 0.9", "sentence, side": SIDE},
    ),
    "fig-4d": Printed(
        "Fig. 4d",
        "Images found by meaning",
        "All samples found show what was asked for: dogs with a distinct nose, cats without distinct legs.",
        {"query 1": "dog.nose > 0.9", "query 2": "cat.legs < 0.1"},
    ),
    "ext-fig-1": Printed(
        "Extended Data Fig. 1",
        "A white blanket and a cat",
        "The CNN takes a white blanket for a cat with 92.1 %; S-XAI is not sure. A cat is explained with confidence.",
        {"CNN, blanket": 0.921, "sentence, blanket": UNSURE},
    ),
    "ext-table-1": Printed(
        "Extended Data Table 1",
        "Rules of the explanation",
        "The words for each band of P and of its difference.",
        {
            "not sure": "Δmax < 0.2",
            "probably": "0.2 to 0.5",
            "sure": "Δmax > 0.5",
            "vivid": "P > 0.5",
            "perhaps": "0.2 to 0.35",
            "something like": "0.35 to 0.5",
            "obviously": "ΔP > 0.5",
        },
    ),
    "suppl-fig-1": Printed(
        "Supplementary Fig. 1",
        "Common traits with and without the search for the best superpixels",
        "Traits from the best combinations of superpixels show more explicit concepts.",
        {"ratio of PC 1 with the search": "nearly 0.5"},
    ),
    "suppl-fig-2": Printed(
        "Supplementary Fig. 2",
        "The last component",
        "The 299th of 300 components shows what few images have: shoes and a bottle of the background.",
        {"samples N_s": 300, "component": 299},
    ),
    "suppl-fig-3": Printed(
        "Supplementary Fig. 3",
        "Scores of the first component as samples are added",
        "Scores expand in proportion with N_s and keep constant proportions between channels.",
        {"proportions": "constant"},
    ),
    "suppl-fig-4": Printed(
        "Supplementary Fig. 4",
        "Ratio of the first component, layer by layer",
        "The ratio first falls, then rises with depth; global average pooling raises it greatly.",
        {"with depth": "falls, then rises", "after global average pooling": "greatly raised"},
    ),
    "suppl-fig-5": Printed(
        "Supplementary Fig. 5",
        "Distributions and q-q plots of all spaces",
        "In all six spaces R² is above 0.97, and the upper halves follow the normal curve.",
        {"spaces": 6, "images": 3000, "lowest R²": "above 0.97"},
    ),
    "suppl-fig-6": Printed(
        "Supplementary Fig. 6",
        "The method on another network",
        "With AlexNet the pictures are more abstract, the distribution deviates more from the normal, and the legs of "
        "cats and dogs have similar SSNs.",
        {"network": "AlexNet", "SSNs of the legs": "similar for both classes"},
    ),
    "suppl-fig-7": Printed(
        "Supplementary Fig. 7",
        "A true sample and an adversarial one",
        "The semantic probabilities of the adversarial image are unusually large.",
        {"P of the adversarial image": "close to 1 or greater"},
    ),
    "suppl-fig-8": Printed(
        "Supplementary Fig. 8",
        "Common traits against visualisations of single images",
        "Gradient descent with total variation and the deep image prior show vague traits of one image; common traits "
        "are distinct.",
        {"methods": "total variation, deep image prior, common traits"},
    ),
    "suppl-table-2": Printed(
        "Supplementary Table 2",
        "Attack and detection rates under PGD",
        "The stronger the attack, the higher the detection rate. False alarms are not reported.",
        {
            "attack rate, ε = 0.05": 1.0,
            "attack rate, ε = 0.01": 1.0,
            "attack rate, ε = 0.005": 0.84,
            "detection rate, ε = 0.05": 1.0,
            "detection rate, ε = 0.01": 0.38,
            "detection rate, ε = 0.005": 0.0,
        },
    ),
    **PRINTED_AUTOMATIC,
    "sevec-table-1": Printed(
        "SeVec, Table 1",
        "One neuron or a direction",
        "Keeping the units of a class's semantic vector raises its probability by about 20 %; a single neuron and a "
        "permutation of the vector hardly change it.",
        {"associated neuron": 1.05e-06, "random neuron": -6.72e-07, "SeVec": 0.1929, "permuted SeVec": 4.25e-06},
    ),
    "sevec-fig-3": Printed(
        "SeVec, Fig. 3",
        "Concepts mapped by their semantic vectors",
        "Vectors of related concepts lie together; the larger a circle, the more diverse the concept's images.",
        {"concepts": 1000, "method": "t-SNE"},
    ),
    "sevec-table-2": Printed(
        "SeVec, Table 2",
        "Diversity of a class against its accuracy",
        "The more diverse a class, the lower its accuracy.",
        {"classes": 1000, "correlation": -0.5245, "p-value": "9.395e-72"},
    ),
    "sevec-fig-7": Printed(
        "SeVec, Fig. 7",
        "Gain of the semantic gate in the pointing game",
        "The improvement is greater than zero for every share of kept energy.",
        {"gain, every share": "above 0"},
    ),
    **PRINTED_OCCLUDERS,
}
"""Every item that can be reproduced, in the order of the papers."""

GOLDEN: Mapping[str, tuple[str, Mapping[str, float], str]] = {
    "golden retriever": (
        "dog",
        {"dog.eyes": 0.6, "cat.eyes": 0.15, "dog.nose": 0.45, "cat.nose": 0.05, "dog.legs": 0.85, "cat.legs": 0.75},
        RETRIEVER,
    ),
    "Maine Coon, front": (
        "cat",
        {"cat.eyes": 0.9, "dog.eyes": 0.1, "cat.nose": 0.8, "dog.nose": 0.1, "cat.legs": 0.75, "dog.legs": 0.2},
        FRONT,
    ),
    "Maine Coon, side": (
        "cat",
        {"cat.eyes": 0.12, "dog.eyes": 0.1, "cat.nose": 0.4, "dog.nose": 0.1, "cat.legs": 0.8, "dog.legs": 0.75},
        SIDE,
    ),
    "Maine Coon, back": ("cat", {"cat.eyes": 0.1, "dog.eyes": 0.05, "cat.nose": 0.02, "cat.legs": 0.08}, UNSURE),
    "white blanket": ("cat", {"cat.eyes": 0.05, "cat.nose": 0.1, "dog.nose": 0.02, "cat.legs": 0.12}, UNSURE),
}
"""The paper's examples: predicted class, probabilities that agree with its text, and its sentence."""
