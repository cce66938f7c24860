"""Speak HTTP: transport, request bodies, downloads, server-sent events."""
