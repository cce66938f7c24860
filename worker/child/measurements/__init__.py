"""What is measured of models in the child: on labelled datasets, beside each other, on an endpoint's requests."""
