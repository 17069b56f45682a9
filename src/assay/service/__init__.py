"""The HTTP service: evidence in, decisions out, records to read, a live feed; see `docs/http.md`.

`app` puts it together, `server` runs it, `batcher` is where requests become engine batches, `roles` says who may do what.
"""
