"""JSON values with something wrong in them, for hypothesis."""

import copy
from typing import Any

from hypothesis import strategies as st

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([0, 1, -1, 3, 10**30, 0.0, 1.5, 1e308])
    | st.floats()
    | st.text(st.characters(), max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=6,
)


def places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to every value inside of a JSON value, itself included."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way, *(place for key, child in items for place in places(child, (*way, key)))]


def alike(value: Any) -> st.SearchStrategy[Any]:
    """Values of the same kind, so that what is wrong is their meaning."""
    if type(value) is int:
        return st.integers(-2, 20)
    if isinstance(value, str):
        return st.sampled_from(["\ud800", "", " ", "\0", "a b"])
    if isinstance(value, list):
        return st.permutations(value) | st.lists(st.sampled_from(value), max_size=6) if value else st.just([])
    return VALUES


@st.composite
def spoiled(draw: st.DrawFn, sound: Any) -> Any:
    """A sound JSON value with one to three places replaced, removed, doubled or renamed."""
    value = copy.deepcopy(sound)
    for _ in range(draw(st.sampled_from([1, 1, 2, 3]))):
        *way, last = draw(st.sampled_from(places(value)[1:] or [("x",)]))
        parent = value
        for step in way:
            parent = parent[step]
        if not isinstance(parent, dict | list) or (isinstance(parent, dict) and last not in parent):
            return value
        how = draw(st.sampled_from(["alike", "alike", "alike", "replace", "remove", "double", "misspell"]))
        if how == "alike":
            parent[last] = draw(alike(parent[last]))
        elif how == "replace":
            parent[last] = draw(VALUES)
        elif how == "remove":
            del parent[last]
        elif how == "misspell" and isinstance(parent, dict):
            parent[last[:-1]] = parent.pop(last)
        elif isinstance(parent, list):
            parent.insert(last, copy.deepcopy(parent[last]))
        else:
            parent[draw(st.text(max_size=3))] = parent[last]
    return value
