"""Endpoints: names under which versions of a model are served, with a log of every change of what is served."""
