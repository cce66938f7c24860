"""Adapters of the `Blobs` port: files and Google Cloud Storage."""
