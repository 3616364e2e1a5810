"""Random choices of a picture before it is drawn: view, pose, coat, and what hides which part."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from sxai.demo.canvas import Colour
from sxai.demo.species import PETS

VIEWS = ("front", "side", "back", "lying", "portrait")
_VIEW_SHARES = (0.42, 0.205, 0.075, 0.21, 0.09)

BACKDROPS = ("room", "garden", "beach", "snow", "evening", "studio", "sofa")
TOYS = ("", "ball", "pot", "parcel", "tuft")
TAILS = ("long", "curl", "bushy", "short")


@dataclass(frozen=True)
class Coat:
    """Colours of the fur and how they are spread."""

    base: Colour
    light: Colour
    mark: Colour
    pattern: str


_CATS = (
    Coat((232, 152, 72), (250, 222, 180), (188, 100, 38), "stripes"),
    Coat((150, 150, 156), (222, 222, 226), (92, 92, 102), "stripes"),
    Coat((62, 60, 70), (120, 116, 128), (40, 38, 46), "plain"),
    Coat((243, 238, 230), (255, 253, 248), (226, 160, 86), "patches"),
    Coat((236, 220, 196), (250, 242, 228), (98, 72, 60), "points"),
    Coat((70, 68, 78), (250, 248, 244), (48, 46, 54), "bib"),
    Coat((120, 128, 146), (196, 202, 214), (90, 98, 116), "plain"),
    Coat((176, 132, 92), (232, 208, 174), (108, 74, 48), "spots"),
    Coat((246, 240, 232), (255, 252, 246), (70, 64, 66), "patches"),
)
_DOGS = (
    Coat((224, 176, 104), (248, 224, 176), (190, 134, 66), "plain"),
    Coat((126, 82, 54), (186, 140, 104), (92, 56, 36), "plain"),
    Coat((66, 58, 58), (206, 148, 92), (44, 38, 40), "bib"),
    Coat((246, 242, 236), (255, 253, 250), (52, 48, 52), "spots"),
    Coat((128, 134, 146), (240, 242, 244), (84, 88, 100), "bib"),
    Coat((240, 230, 214), (254, 248, 238), (170, 108, 62), "patches"),
    Coat((204, 134, 78), (244, 220, 190), (150, 88, 46), "bib"),
    Coat((232, 214, 186), (250, 240, 222), (196, 166, 126), "plain"),
    Coat((168, 120, 82), (226, 190, 150), (106, 70, 46), "stripes"),
)
_FANTASY = (
    Coat((150, 178, 206), (224, 236, 246), (98, 130, 170), "spots"),
    Coat((196, 160, 200), (240, 224, 242), (150, 108, 160), "stripes"),
    Coat((150, 188, 150), (222, 240, 214), (100, 146, 104), "patches"),
    Coat((232, 170, 170), (252, 228, 224), (196, 118, 122), "plain"),
)


@dataclass(frozen=True)
class Scene:
    """Every choice of one picture; lengths are shares of the picture's side, angles degrees.

    ``eyes``: open, wink (one closed), sleepy, closed, shades or sleep-mask; ``nose``: bare, flower, ball or scarf;
    ``ears``: bare, bow (over one of them) or hat;
    ``legs``: bare, tucked or covered (``cover`` = height of what stands before them, 0 = nothing).
    ``hind_legs``: whether a sitting or lying pet shows its hind legs. ``toy``: what stands before some of the legs,
    with its place and half width in the pet's own units, nothing when empty.
    """

    view: str
    x: float
    y: float
    scale: float
    turn: float
    head_turn: float
    mirror: bool
    coat: Coat
    tail: str
    backdrop: str
    eyes: str
    nose: str
    ears: str
    legs: str
    cover: float
    cover_kind: str
    hind_legs: bool
    toy: str
    toy_x: float
    toy_size: float
    hat: str
    eye_size: float
    nose_size: float
    ear_size: float
    leg_size: float
    iris: float
    tongue: bool
    collar: bool
    accent: Colour
    detail: int


_PLACES = {
    "front": (0.5, 0.565, 0.205, 0.18),
    "side": (0.53, 0.56, 0.198, 0.16),
    "back": (0.5, 0.565, 0.205, 0.18),
    "lying": (0.5, 0.57, 0.225, 0.18),
    "portrait": (0.5, 0.9, 0.315, 0.14),
}
_ACCENTS: tuple[Colour, ...] = (
    (214, 72, 70),
    (58, 128, 196),
    (76, 158, 104),
    (238, 178, 56),
    (148, 92, 178),
    (236, 128, 160),
)


def _coats(species: str) -> tuple[Coat, ...]:
    own = {"cat": _CATS, "dog": _DOGS}
    return own.get(species, _CATS + _DOGS + _FANTASY)


def _tinted(coat: Coat, rng: np.random.Generator) -> Coat:
    """``coat`` a little warmer, cooler, brighter or duller."""
    gain = 1 + rng.normal(0, 0.05) + rng.normal(0, 0.018, 3)

    def tint(colour: Colour) -> Colour:
        r, g, b = np.clip(np.array(colour) * gain, 0, 255).astype(int).tolist()
        return r, g, b

    return Coat(tint(coat.base), tint(coat.light), tint(coat.mark), coat.pattern)


def _pick(rng: np.random.Generator, names: tuple[str, ...], shares: tuple[float, ...]) -> str:
    return names[int(rng.choice(len(names), p=shares))]


_LOOKS = ("open", "wink", "sleepy", "closed", "shades", "sleep-mask")


def _hiding(rng: np.random.Generator, view: str) -> dict[str, Any]:
    """Which parts are hidden and by what; rare, so that most pictures show most parts."""
    tucked = 0.1 if view == "lying" else 0.0
    hat = 0.3 if view == "back" else 0.09
    return {
        "eyes": _pick(rng, _LOOKS, (0.62, 0.15, 0.19, 0.015, 0.015, 0.01)),
        "nose": _pick(rng, ("bare", "flower", "ball", "scarf"), (0.96, 0.015, 0.015, 0.01)),
        "ears": _pick(rng, ("bare", "bow", "hat"), (0.88 - hat, 0.12, hat)),
        "legs": _pick(rng, ("bare", "tucked"), (1 - tucked, tucked)),
    }


def _cover(rng: np.random.Generator) -> float:
    """Height of grass, a box or a blanket before the pet: mostly none, else any height up to hiding all legs."""
    return float(0.05 + 0.27 * rng.random() ** 1.5) if rng.random() < 0.14 else 0.0


def _sizes(rng: np.random.Generator) -> dict[str, Any]:
    """How large each part is drawn, relative to its usual size."""
    spread = {"eye_size": 0.18, "nose_size": 0.18, "ear_size": 0.18, "leg_size": 0.14}
    return {name: float(np.clip(rng.normal(1, sd), 0.66, 1.45)) for name, sd in spread.items()}


def sample_scene(species: str, rng: np.random.Generator, view: str | None = None) -> Scene:
    """Draw all choices of one picture of ``species`` by lot."""
    view = view or _pick(rng, VIEWS, _VIEW_SHARES)
    x, y, scale, spread = _PLACES[view]
    coats = _coats(species)
    coat = _tinted(coats[int(rng.integers(len(coats)))], rng)
    return Scene(
        view=view,
        x=x + float(rng.normal(0, 0.035)),
        y=y + float(rng.normal(0, 0.025)),
        scale=scale * float(np.exp(np.clip(rng.normal(0, spread), -0.35, 0.35))),
        turn=float(rng.normal(0, 3)),
        head_turn=float(rng.normal(0, 7)),
        mirror=bool(rng.random() < 0.5),
        coat=coat,
        tail=TAILS[int(rng.integers(len(TAILS) - (species in PETS)))],
        backdrop=BACKDROPS[int(rng.integers(len(BACKDROPS)))],
        cover=_cover(rng),
        cover_kind=("grass", "box", "blanket", "cushion")[int(rng.integers(4))],
        hind_legs=bool(rng.random() < 0.65),
        toy=_pick(rng, TOYS, (0.62, 0.1, 0.1, 0.09, 0.09)),
        toy_x=float(rng.uniform(-1.1, 1.1)),
        toy_size=float(rng.uniform(0.3, 0.62)),
        hat=("beanie", "bonnet")[int(rng.integers(2))],
        iris=float(rng.random()),
        tongue=bool(rng.random() < 0.3),
        collar=bool(rng.random() < 0.4),
        accent=_ACCENTS[int(rng.integers(len(_ACCENTS)))],
        detail=int(rng.integers(2**31)),
        **_hiding(rng, view),
        **_sizes(rng),
    )
