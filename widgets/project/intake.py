"""Pictures on their way in: where they are, what is found there before anything is stored, and their classes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from data_store.errors import CatalogueError
from sxai.errors import ImportFailed, SxaiError
from sxai.images.labels import RULES
from sxai.images.sources import uploaded
from sxai.images.verbs.preview import Preview, look, preview
from sxai.project.project import Project
from widgets.project import folders
from widgets.ui.session import plain, progress_bar, sentence
from widgets.ui.uploads import KINDS, LONGEST_NAME, local_path, store_uploads

HERE, UPLOAD = "A folder on this machine", "Upload from this computer"
STOPPED = "stopped"
MOST_CLASSES = 12
"""Classes whose numbers are written out."""


@dataclass(frozen=True)
class Intake:
    """What a person chose: the folder or the uploads, what was found in them, and the class of all if one was given."""

    path: str | None
    uploads: Sequence[Any]
    found: Preview
    rule: str
    class_name: str | None

    def check(self) -> None:
        """Raise ImportFailed while there is no class."""
        if not (self.class_name or self.found.classes):
            raise ImportFailed("the pictures have no class. Say what they show, for example cat.")

    def arguments(self, project: Project, split: str = "auto") -> dict[str, Any]:
        """The arguments of the import; uploads are stored below the project now."""
        path = str(local_path(self.path)) if self.path else str(store_uploads(project, self.uploads))
        classes = {} if self.class_name else {"classes": self.rule}
        return {"path": path, "split": split, "class_name": self.class_name, **classes}


def where(key: str, source: str) -> tuple[str | None, list[Any]]:
    """The field that names the pictures: a path or uploads, one of them empty."""
    if source == HERE:
        with st.container(horizontal=True, vertical_alignment="bottom", key=f"{key}-where"):
            typed = st.text_input(
                "Folder",
                key=f"{key}-folder",
                placeholder="~/pictures/animals",
                help="Or a zip, or a CSV with the columns file and class.",
            )
            folders.chooser(f"{key}-folder")
        return typed.strip() or None, []
    uploads = st.file_uploader(
        "Pictures of one class or more, a zip of class folders, or pictures with a CSV",
        type=["zip", "csv", *KINDS],
        accept_multiple_files=True,
        key=f"{key}-files",
    )
    return None, list(uploads)


def choose(key: str, source: str) -> Intake | None:
    """Ask for pictures and show what is found; None until there is something to import."""
    path, uploads = where(key, source)
    if path is None and not uploads:
        return None
    rule = st.session_state.get(f"{key}-rule") or "auto"
    found = _looked(key, path, uploads, rule)
    if found is None:
        return None
    with st.container(border=True, key=f"{key}-found"):
        return _found(key, path, uploads, found)


def _looked(key: str, path: str | None, uploads: Sequence[Any], rule: str) -> Preview | None:
    """The preview, kept until another path, other files or another rule is chosen; None while there is none to show."""
    wanted = (path, tuple(file.file_id for file in uploads))
    kept, kept_rule, found = st.session_state.get(_kept(key), (None, None, None))
    if kept != wanted:
        st.session_state.pop(f"{key}-rule", None)
        rule = "auto"
    elif kept_rule == STOPPED:
        _look_again(key)
        return None
    elif rule in (kept_rule, *found.classes_from):
        return found
    box = st.empty()
    box.button("Stop looking", key=f"{key}-stop", on_click=_stop, args=(key, wanted))
    try:
        with progress_bar() as progress:
            if path is None:
                sources = uploaded([(file.name, file) for file in uploads])
                found = look(sources, classes=rule, progress=progress)
            else:
                found = preview(local_path(path), classes=rule, progress=progress)
    except (SxaiError, CatalogueError) as error:
        st.error(plain(sentence(error)), icon=":material/error:")
        return None
    finally:
        box.empty()
    st.session_state[_kept(key)] = (wanted, rule, found)
    return found


def _look_again(key: str) -> None:
    st.info("Looking was stopped.", icon=":material/stop_circle:")
    st.button("Look again", key=f"{key}-again", on_click=_forget, args=(key,))


def _stop(key: str, wanted: Any) -> None:
    st.session_state[_kept(key)] = (wanted, STOPPED, None)


def _forget(key: str) -> None:
    st.session_state.pop(_kept(key), None)


def _kept(key: str) -> str:
    return f"page.{key}.preview"


def _found(key: str, path: str | None, uploads: Sequence[Any], found: Preview) -> Intake | None:
    """Numbers of pictures and classes, where classes come from, and the name of the class where that is open."""
    if not found.images:
        st.error("None of these files can be read as a picture.", icon=":material/error:")
        _failed(found)
        return None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**Found: {plain(numbers(found))}.** {_splits(found)}", width="stretch")
        st.button("Look again", type="tertiary", key=f"{key}-again", on_click=_forget, args=(key,))
    rule = _rule(key, found)
    class_name = _class(key, found)
    _failed(found)
    if found.unclassed and len(found.classes) > 0:
        st.warning(
            f"{found.unclassed:,} pictures have no class; Samples can give them one.", icon=":material/label_off:"
        )
    return Intake(path, uploads, found, rule, class_name)


def numbers(found: Preview) -> str:
    """The pictures of each class, e.g. "cat 200, dog 200", or of all when there are no classes."""
    named = [f"{name} {count:,}" for name, count in list(found.classes.items())[:MOST_CLASSES]]
    if len(found.classes) > MOST_CLASSES:
        named.append(f"and {len(found.classes) - MOST_CLASSES:,} more classes, {found.images:,} pictures in all")
    return ", ".join(named) or f"{found.images:,} pictures"


def _splits(found: Preview) -> str:
    automatic = found.splits.get("auto", 0)
    named = ", ".join(f"{count:,} {name}" for name, count in sorted(found.splits.items()) if name != "auto")
    if automatic and named:
        return f"Folders say {named}; of the others one in five validates."
    return f"{named[:1].upper()}{named[1:]}, as named." if named else "Four in five train, one in five validates."


def _rule(key: str, found: Preview) -> str:
    """What classes are taken from: told when it is clear, asked when there is a choice."""
    used = found.classes_from[0] if found.classes_from else "auto"
    if len(found.classes_from) > 1:
        return "auto"
    options = [rule for rule in RULES if rule == used or rule in found.choices] or [used]
    if len(options) == 1:
        if used in ("table", "folders", "names"):
            st.caption(f"Classes are taken from {RULES[used]}.")
        return used
    chosen = st.radio(
        "Classes are taken from",
        options,
        index=options.index(used),
        format_func=lambda rule: _words(rule, found.choices.get(rule, {})),
        key=f"{key}-rule",
    )
    return chosen or used


def _words(rule: str, classes: dict[str, int]) -> str:
    words = RULES[rule][:1].upper() + RULES[rule][1:]
    if not classes:
        return "Nothing: no class yet" if rule == "none" else words
    shown = ", ".join(f"{name} {count:,}" for name, count in list(classes.items())[:4])
    return plain(f"{words}: {shown}{', …' if len(classes) > 4 else ''}")


def _class(key: str, found: Preview) -> str | None:
    """The class of all pictures, asked when there is one at most; None where they have classes of their own."""
    if len(found.classes) > 1 or (found.classes and found.unclassed):
        return None
    known = next(iter(found.classes), "")
    typed = st.text_input(
        "What they show", known, key=f"{key}-class-{known}", max_chars=LONGEST_NAME, placeholder="cat", width=360
    )
    st.caption("One class. A network tells two or more apart: a folder around several class folders brings them all.")
    return typed.strip() or None


def _failed(found: Preview) -> None:
    if not found.failed:
        return
    files = "1 file" if len(found.failed) == 1 else f"{len(found.failed):,} files"
    with st.expander(f"{files} cannot be read and will be left out", icon=":material/error:"):
        st.dataframe([{"File": item.file, "Why": item.error} for item in found.failed], hide_index=True, height=160)
