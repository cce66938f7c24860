"""Models as ONNX files, which run without the engine: cleaning, members, blend, calibration and choice of a class.

What is expressed is read from what each family saves (`FittedModel.save`), one file a family: adding a family is
adding its file and its line in `families.py`.
"""
