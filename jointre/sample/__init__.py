"""The bundled corpus, written for this project; see README.md in this folder."""
