"""Which shipped config an overlay of ``ablations/`` is laid over."""

BASES = {"sinet": "sinet/scierc", "biaffine": "biaffine/conll04", "redn": "redn/semeval"}


def base_of(*overlays: str) -> str:
    """The base of overlays by the folder of the first that has one; ``spert/conll04`` otherwise."""
    folders = (str(name).split("/")[1] for name in overlays if str(name).startswith("ablations/"))
    return next((BASES[folder] for folder in folders if folder in BASES), "spert/conll04")
