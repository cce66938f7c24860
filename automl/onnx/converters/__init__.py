"""Fitted models as ONNX graphs: one file a family, read from what the family saves (`FittedModel.save`)."""
