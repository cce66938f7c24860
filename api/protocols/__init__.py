"""Protocols that other people's clients speak: the Open Inference Protocol, KServe's first, MLflow's scoring server.

They read requests and write answers; which version answers, and what it says, is `api.serving`'s business. Codecs are
pure functions; what needs numpy is imported with the first request, as the api's image carries none.
"""
