"""The analyst's pages: server-rendered HTML and SVG, one stylesheet and one small script, nothing from elsewhere.

`router.py` says which pages there are, `source.py` what they ask of the rest of Assay, `charts.py` and `graph.py` draw,
`render.py` turns templates and words into a response.
"""
