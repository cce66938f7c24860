"""ONNX files that other programs have written: looked through, tried out on made-up rows, and served.

Whoever sends such a file is trusted with nothing: `check.py` says whether it can be served, in a process that may come
to harm. What it has passed answers within the bounds that it was tried in, a block of rows at a time (`model.py`).
"""
