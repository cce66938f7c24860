"""Models as ONNX files, which run without the engine: cleaning, members, blend, calibration and choice of a class.

What is expressed is read from what each family saves, one file a family in `converters/`: adding a family is adding its
file there, and naming its function in the family's `onnx_converter`.
"""
