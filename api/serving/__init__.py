"""Serving: the loaded models of this process, and the predictions they make. Only this package needs the engine.

It loads the engine for the first prediction: importing it takes seconds.
"""
